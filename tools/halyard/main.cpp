// The command `halyard`: reads its arguments and calls the subcommand. docs/reference/command-line.md.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "halyard/halyard.hpp"
#include "tools/halyard/commands.hpp"

using namespace halyard::command;

namespace {

void describe(CLI::App& app) {
  app.name("halyard");
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Say how this is used");
  app.set_help_all_flag("--help-all", "The same for all subcommands");
  app.set_version_flag("--version", std::string("halyard ") + hy_version(), "Say which version this is");
  app.footer(
      "Exit codes: 0 well, 1 warnings, 2 failures, 3 could not be determined, 64 wrong usage.\n"
      "Environment: HALYARD_DEVICE, HALYARD_BACKENDS, HALYARD_PLUGINS, HALYARD_LIBRARY_PATH, HALYARD_CACHE_DIR,\n"
      "HALYARD_LOG, HALYARD_SYSROOT.");
}

void add_json(CLI::App* command, bool* json) {
  command->add_flag("--json", *json, "One JSON document instead of text");
}

// How many letters must be inserted, left out or changed to make `a` of `b`.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t above_left = std::exchange(row[0], i);
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t changed = above_left + (a[i - 1] == b[k - 1] ? 0 : 1);
      above_left = std::exchange(row[k], std::min({changed, row[k] + 1, row[k - 1] + 1}));
    }
  }
  return row[b.size()];
}

// "" where `word` is a command; else a sentence that names the one that was meant, and all.
std::string unknown_command(const CLI::App& app, const std::string& word) {
  std::string all;
  std::string nearest;
  std::size_t least = word.size() / 3 + 2;  // letters that may be wrong, and one
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string& name = command->get_name();
    if (name == word) return "";
    all += (all.empty() ? "" : ", ") + name;
    if (const std::size_t wrong = distance(word, name); wrong < least) {
      least = wrong;
      nearest = name;
    }
  }
  return "'" + word + "' is no command; " +
         (nearest.empty() ? "there are: " + all : "did you mean '" + nearest + "'? There are: " + all);
}

int run(int argc, char** argv, Output& output) {
  CLI::App app("What accelerators this machine has, how they are wired, and whether they do what they should.");
  describe(app);

  DevicesArguments devices;
  CLI::App* devices_app =
      app.add_subcommand("devices", "Devices, their capabilities, and for each backend that is not there, why");
  add_json(devices_app, &devices.json);

  TopologyArguments topology;
  CLI::App* topology_app =
      app.add_subcommand("topology", "This machine or a recorded one: what it is built of and how it is wired");
  add_json(topology_app, &topology.json);
  topology_app->add_option("--from", topology.from, "A recording (hwloc XML) instead of this machine")
      ->type_name("FILE");
  topology_app->add_flag("--all", topology.all, "Caches, cores and PCI bridges one by one");

  BundleArguments bundle;
  CLI::App* bundle_app =
      app.add_subcommand("bundle", "What a bundle of kernels (.hkb) holds: kernels, and images for which devices");
  add_json(bundle_app, &bundle.json);
  bundle_app->add_option("file", bundle.file, "The bundle")->type_name("FILE.hkb")->required();

  ConformanceArguments conformance;
  CLI::App* conformance_app = app.add_subcommand("conformance", "The suite that every device must pass");
  add_json(conformance_app, &conformance.json);
  conformance_app
      ->add_option("--device", conformance.device,
                   "Id, 'cuda:0', a backend or a vendor; else HALYARD_DEVICE, else the best")
      ->type_name("D");
  conformance_app
      ->add_option("--filter", conformance.filter,
                   "Only cases whose names contain one of these words, separated by ',', and none of those after a '-'")
      ->type_name("A,B");
  conformance_app->add_option("--seed", conformance.seed, "Of the random input, to repeat a run")->type_name("N");
  conformance_app->add_flag("--quick", conformance.quick, "Smaller sizes, fewer repetitions");
  conformance_app->add_flag("--full", conformance.full, "Also what takes long")->excludes("--quick");
  conformance_app->add_flag("--list", conformance.list, "Name the cases, run none");

  if (argc > 1 && argv[1][0] != '-') {
    if (const std::string problem = unknown_command(app, argv[1]); !problem.empty()) return complain(problem, kUsage);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return output.write(app.help("", CLI::AppFormatMode::Normal), kWell);
  } catch (const CLI::CallForAllHelp&) {
    return output.write(app.help("", CLI::AppFormatMode::All), kWell);
  } catch (const CLI::CallForVersion&) {
    return output.write(std::string("halyard ") + hy_version() + "\n", kWell);
  } catch (const CLI::ParseError& problem) {
    return complain(std::string(problem.what()) + " ('halyard --help' says how it is used)", kUsage);
  }
  if (devices_app->parsed()) return run_devices(devices, output);
  if (topology_app->parsed()) return run_topology(topology, output);
  if (bundle_app->parsed()) return run_bundle(bundle, output);
  return run_conformance(conformance, output);
}

}  // namespace

int main(int argc, char** argv) {
  Output output;
  try {
    return run(argc, argv, output);
  } catch (const std::exception& problem) {
    return complain(std::string("unexpected: ") + problem.what(), kUndetermined);
  }
}
