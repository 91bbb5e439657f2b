// `halyard conformance`: runs the suite on one device and says what came of it.
#include "tools/halyard/commands.hpp"
#include "tools/halyard/json.hpp"
#include "tools/halyard/text.hpp"

#if HALYARD_HAVE_CONFORMANCE
#include "tests/conformance/conformance.hpp"
#endif

namespace halyard::command {

#if !HALYARD_HAVE_CONFORMANCE

int run_conformance(const ConformanceArguments&, Output&) {
  return complain("this build comes without the conformance suite: configure it with -DHALYARD_TESTS=ON",
                  kUndetermined);
}

#else

namespace {

Json result_json(const Device& device, const conformance::Summary& summary) {
  Json json = document("conformance");
  json["device"] = device.info().id;
  json["selector"] = selector_of(device);
  json["passed"] = summary.passed;
  json["failed"] = summary.failed;
  json["skipped"] = summary.skipped;
  json["seed"] = summary.seed;
  Json& cases = json["cases"] = Json::array();
  for (const conformance::CaseResult& result : summary.cases) {
    Json one;
    one["name"] = result.name;
    one["result"] = conformance::outcome_name(result.result);
    one["reason"] = text_or_null(result.reason);
    one["seconds"] = result.seconds;
    cases.push_back(std::move(one));
  }
  return json;
}

std::string result_text(const Device& device, const conformance::Summary& summary, int width) {
  std::string text;
  for (const conformance::Outcome outcome : {conformance::Outcome::skipped, conformance::Outcome::failed}) {
    for (const conformance::CaseResult& result : summary.cases) {
      if (result.result != outcome) continue;
      const std::string head = std::string(conformance::outcome_name(outcome)) + "  ";
      text += wrapped(head, result.name, width) + wrapped(std::string(head.size(), ' '), result.reason, width);
    }
  }
  text += std::to_string(summary.passed) + " passed, " + std::to_string(summary.failed) + " failed, " +
          std::to_string(summary.skipped) + " skipped on " + selector_of(device) + " (" + printable(device.name()) +
          "), seed " + std::to_string(summary.seed) + "\n";
  return text;
}

int list_cases(const ConformanceArguments& arguments, Output& output) {
  const std::vector<std::string> names = conformance::case_names();
  std::string text;
  Json json = document("conformance_cases");
  json["cases"] = names;
  for (const std::string& name : names) text += name + "\n";
  return output.write(arguments.json ? serialised(json) : text, kWell);
}

}  // namespace

int run_conformance(const ConformanceArguments& arguments, Output& output) {
  if (arguments.list) return list_cases(arguments, output);
  Result<Runtime> runtime = Runtime::create();
  if (!runtime)
    return complain(runtime.error().message(),
                    runtime.error().code() == ErrorCode::invalid_argument ? kUsage : kUndetermined);
  Result<Device> device = runtime->device(arguments.device.c_str());
  if (!device)
    return complain(device.error().message(),
                    device.error().code() == ErrorCode::invalid_argument ? kUsage : kUndetermined);

  conformance::Options options;
  options.filter = arguments.filter;
  options.seed = arguments.seed;
  options.quick = arguments.quick;
  options.full = arguments.full;
  conformance::Summary summary;
  {
    Progress progress;
    std::size_t begun = 0;
    summary = conformance::run(*runtime, *device, options,
                               [&](const std::string& name, const conformance::CaseResult* result) {
                                 if (result == nullptr) progress.show(std::to_string(++begun) + "  " + name);
                               });
  }
  if (summary.cases.empty())
    return complain("no case's name matches '" + arguments.filter + "'; --list names them", kUsage);
  const int code = summary.failed > 0 ? kFailures : summary.passed == 0 ? kUndetermined : kWell;
  return output.write(
      arguments.json ? serialised(result_json(*device, summary)) : result_text(*device, summary, output.width()), code);
}

#endif

}  // namespace halyard::command
