#include "report.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace bench {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + '"';
}

std::string quoted_or_null(const std::string& text) { return text.empty() ? "null" : quoted(text); }

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string duration(double seconds) {
  char text[40];
  const double size = std::fabs(seconds);
  if (size < 1e-6)
    std::snprintf(text, sizeof text, "%.1f ns", seconds * 1e9);
  else if (size < 1e-3)
    std::snprintf(text, sizeof text, "%.3g us", seconds * 1e6);
  else if (size < 1)
    std::snprintf(text, sizeof text, "%.4g ms", seconds * 1e3);
  else
    std::snprintf(text, sizeof text, "%.3g s", seconds);
  return text;
}

const Estimate& limited(const Comparison& result, Limit::Of of) {
  if (of == Limit::Of::difference_s) return result.difference_s;
  return of == Limit::Of::candidate_s ? result.candidate_s : result.ratio;
}

constexpr unsigned kLeastRounds = 30;  // fewer are no figure

std::string verdict(const Comparison& result, Limit limit) {
  if (result.rounds < kLeastRounds) return "";
  if (limit.of == Limit::Of::nothing) return "";
  const Estimate& value = limited(result, limit.of);
  const std::string bound = limit.of == Limit::Of::ratio ? number(limit.most) + " x" : duration(limit.most);
  const char* what = limit.of == Limit::Of::difference_s ? " more" : "";
  const bool is_near = limit.most_difference_s == 0 || result.difference_s.median <= limit.most_difference_s;
  const bool is_surely_near = limit.most_difference_s == 0 || result.difference_s.high <= limit.most_difference_s;
  const char* word = value.high <= limit.most && is_surely_near ? "met"
                     : value.median <= limit.most && is_near    ? "met by the median"
                                                                : "MISSED";
  const std::string besides = limit.most_difference_s == 0 ? "" : " and " + duration(limit.most_difference_s) + " more";
  return "; at most " + bound + what + besides + ": " + word;
}

}  // namespace

void stop(const char* format, ...) {
  va_list list;
  va_start(list, format);
  std::vfprintf(stderr, format, list);
  va_end(list);
  std::fputc('\n', stderr);
  std::exit(3);
}

Report::Report(const char* what, int argc, char** argv) : what_(what) {
  for (int i = 1; i < argc && argv[i] != nullptr; ++i) {
    const std::string word = argv[i];
    const char* next = i + 1 < argc ? argv[i + 1] : nullptr;
    if (word == "--json")
      json_ = true;
    else if (word == "--rounds" && next)
      options_.rounds = static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10));
    else if (word == "--segment" && next)
      options_.segment_seconds = std::strtod(argv[++i], nullptr);
    else if (word == "--most" && next)
      options_.most_seconds = std::strtod(argv[++i], nullptr);
    else if (word == "--keep-disturbed")
      options_.keep_disturbed = true;
    else if (word == "--only" && next)
      only_ = argv[++i];
    else if (word == "--help" || word.rfind("--", 0) == 0) {
      std::printf(
          "%s\n  --json  --rounds N (%u)  --segment SECONDS (%g)  --most SECONDS (%g)  --keep-disturbed\n"
          "  --only PART OF A CASE'S NAME\n",
          what, options_.rounds, options_.segment_seconds, options_.most_seconds);
      std::exit(word == "--help" ? 0 : 64);
    } else {
      arguments_.push_back(word);
    }
  }
  allowed_cpus();
  line("%s\n%s\n", what, machine_description().c_str());
  if (!sees_others()) line("  this kernel does not tell what other processes take: no round is thrown away for it\n");
}

bool Report::wants_device(const std::string& device) const {
  return arguments_.empty() || std::find(arguments_.begin(), arguments_.end(), device) != arguments_.end();
}

void Report::skip_device(const std::string& name, const std::string& device, const std::string& reason) {
  if (!arguments_.empty()) stop("%s on %s: %s", name.c_str(), device.c_str(), reason.c_str());
  skip(name + " on " + device, reason);
}

bool Report::wants(const std::string& name) const { return only_.empty() || name.find(only_) != std::string::npos; }

void Report::line(const char* format, ...) {
  va_list list;
  va_start(list, format);
  std::vfprintf(json_ ? stderr : stdout, format, list);
  va_end(list);
  std::fflush(json_ ? stderr : stdout);
}

void Report::add(const Case& what, const std::string& peer, const std::string& setting, Limit limit,
                 const Comparison& result) {
  std::string figure;
  if (what.work > 0) figure = " (" + number(what.work / result.candidate_s.median) + " " + what.unit + ")";
  line("%-16s %-8s %-10s %s%s; %s%s%s%s %s; ratio %.3f [%.3f, %.3f], difference %s; %u rounds, %u thrown away%s\n",
       what.name.c_str(), what.device.c_str(), what.shape.c_str(), duration(result.candidate_s.median).c_str(),
       figure.c_str(), peer.c_str(), setting.empty() ? "" : " (", setting.c_str(), setting.empty() ? "" : ")",
       duration(result.peer_s.median).c_str(), result.ratio.median, result.ratio.low, result.ratio.high,
       duration(result.difference_s.median).c_str(), result.rounds, result.rejected, verdict(result, limit).c_str());
  const bool figure_stands = result.rounds >= kLeastRounds;
  if (!figure_stands) line("  only %u rounds were undisturbed: this is no figure\n", result.rounds);
  const bool judged = figure_stands && limit.of != Limit::Of::nothing;
  const bool met = judged && limited(result, limit.of).median <= limit.most &&
                   (limit.most_difference_s == 0 || result.difference_s.median <= limit.most_difference_s);
  missed_ = missed_ || (judged && !met);
  undecided_ = undecided_ || !figure_stands;

  std::ostringstream json;
  json << "{\"name\": " << quoted(what.name) << ", \"device\": " << quoted(what.device)
       << ", \"dtype\": " << quoted_or_null(what.dtype) << ", \"shape\": " << quoted_or_null(what.shape)
       << ", \"variant\": " << quoted_or_null(what.variant) << ", \"median_s\": " << number(result.candidate_s.median)
       << ", \"figure\": " << (what.work > 0 ? number(what.work / result.candidate_s.median) : "null")
       << ", \"unit\": " << quoted_or_null(what.unit)
       << ", \"roofline_fraction\": null, \"peers\": [{\"name\": " << quoted(peer)
       << ", \"setting\": " << quoted_or_null(setting) << ", \"ratio\": " << number(result.ratio.median)
       << ", \"ratio_low\": " << number(result.ratio.low) << ", \"ratio_high\": " << number(result.ratio.high)
       << ", \"difference_s\": " << number(result.difference_s.median)
       << ", \"median_s\": " << number(result.peer_s.median) << ", \"rounds\": " << result.rounds
       << ", \"rejected\": " << result.rejected << ", \"met\": "
       << (!judged ? "null"
           : met   ? "true"
                   : "false")
       << "}]}";
  cases_.push_back(json.str());
}

void Report::add(const Single& single) {
  const bool met = single.most == 0 || single.value <= single.most;
  missed_ = missed_ || !met;
  line("%-16s %-8s %s %s", single.name.c_str(), single.device.c_str(), number(single.value).c_str(),
       single.unit.c_str());
  if (single.most != 0) line("; at most %s: %s", number(single.most).c_str(), met ? "met" : "MISSED");
  line("\n");
  std::ostringstream json;
  json << "{\"name\": " << quoted(single.name) << ", \"device\": " << quoted(single.device)
       << ", \"dtype\": null, \"shape\": null, \"variant\": null, \"median_s\": null, \"figure\": "
       << number(single.value) << ", \"unit\": " << quoted(single.unit)
       << ", \"roofline_fraction\": null, \"peers\": [], \"met\": "
       << (single.most == 0 ? "null"
           : met            ? "true"
                            : "false")
       << "}";
  cases_.push_back(json.str());
}

void Report::skip(const std::string& name, const std::string& reason) {
  line("%-16s skipped: %s\n", name.c_str(), reason.c_str());
}

int Report::finish() {
  if (json_) {
    std::printf("{\"schema\": \"halyard.bench/1\", \"what\": %s, \"machine\": %s, \"cases\": [", quoted(what_).c_str(),
                quoted(machine_description()).c_str());
    for (std::size_t i = 0; i < cases_.size(); ++i) std::printf("%s\n  %s", i == 0 ? "" : ",", cases_[i].c_str());
    std::printf("]}\n");
  }
  return missed_ ? 2 : undecided_ ? 3 : 0;
}

}  // namespace bench
