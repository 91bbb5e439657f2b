// The command `halyard`: reads its arguments and calls the subcommand. docs/reference/command-line.md.
#include <CLI/CLI.hpp>

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

  ConformanceArguments conformance;
  CLI::App* conformance_app = app.add_subcommand("conformance", "The suite that every device must pass");
  add_json(conformance_app, &conformance.json);
  conformance_app
      ->add_option("--device", conformance.device,
                   "Id, 'cuda:0', a backend or a vendor; else HALYARD_DEVICE, else the best")
      ->type_name("D");
  conformance_app->add_option("--filter", conformance.filter, "Only cases whose names contain one of these words")
      ->type_name("A,B");
  conformance_app->add_option("--seed", conformance.seed, "Of the random input, to repeat a run")->type_name("N");
  conformance_app->add_flag("--quick", conformance.quick, "Smaller sizes, fewer repetitions");
  conformance_app->add_flag("--full", conformance.full, "Also what takes long")->excludes("--quick");
  conformance_app->add_flag("--list", conformance.list, "Name the cases, run none");

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
