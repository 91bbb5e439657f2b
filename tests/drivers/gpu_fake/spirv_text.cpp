// The host's dress of a module that came from SPIR-V, line by line in LLVM's textual form.
#include <map>
#include <sstream>

#include "tests/drivers/gpu_fake/spirv.hpp"

namespace gpu_fake {
namespace {

bool begins(const std::string& text, const char* with) { return text.rfind(with, 0) == 0; }

void replace_all(std::string* text, const std::string& what, const std::string& with) {
  for (size_t at = text->find(what); at != std::string::npos; at = text->find(what, at + with.size())) {
    text->replace(at, what.size(), with);
  }
}

// The end of what is opened at `at`.
size_t closing(const std::string& text, size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    if (std::string("([{<").find(text[at]) != std::string::npos) ++depth;
    if (std::string(")]}>").find(text[at]) != std::string::npos && --depth == 0) return at + 1;
  }
  return text.size();
}

// The type that a text begins with.
std::string leading_type(const std::string& text) {
  size_t at = std::string("([{<").find(text[0]) != std::string::npos ? closing(text, 0) : text.find_first_of(" *)");
  for (at = std::min(at, text.size()); at < text.size();) {
    if (text[at] == '*') {
      ++at;
    } else if (text.compare(at, 11, " addrspace(") == 0) {
      at = closing(text, at + 10);
    } else {
      break;
    }
  }
  return text.substr(0, at);
}

struct Parameter {
  std::string type;      // what is passed
  std::string value;     // what lies in the argument's memory
  std::string by_value;  // " byval(…) align n" of a structure
  int kind = 0;          // 0 a value, 1 a pointer, 2 local memory
};

Parameter read_parameter(const std::string& text) {
  Parameter read;
  read.type = read.value = leading_type(text);
  if (const size_t at = text.find("byval("); at != std::string::npos) {
    const size_t end = closing(text, at + 5);
    read.value = text.substr(at + 6, end - at - 7);
    read.by_value = " " + text.substr(at, end - at);
    if (const size_t align = text.find(" align ", end); align != std::string::npos) {
      read.by_value += text.substr(align, text.find(' ', align + 7) - align);
    }
    return read;
  }
  const bool pointer = read.type.back() == '*' || begins(read.type, "ptr");
  if (pointer) read.kind = read.type.find("addrspace(3)") != std::string::npos ? 2 : 1;
  return read;
}

std::vector<Parameter> read_parameters(const std::string& list) {
  std::vector<Parameter> read;
  for (size_t at = 0; at < list.size();) {
    size_t end = at;
    while (end < list.size() && list[end] != ',') {
      end = std::string("([{<").find(list[end]) != std::string::npos ? closing(list, end) : end + 1;
    }
    read.push_back(read_parameter(list.substr(at, end - at)));
    at = end + 2;
  }
  return read;
}

struct Kernel {
  std::string name;
  std::vector<Parameter> parameters;
  std::string required;                // "!29" or ""
  std::map<std::string, bool> locals;  // that its body names
};

class Writer {
 public:
  Writer(bool opaque, const std::map<std::string, std::string>& locals, const std::map<std::string, std::string>& sizes)
      : opaque_(opaque), locals_(locals), sizes_(sizes) {}

  void write(const Kernel& kernel) {
    const std::string count = std::to_string(kernel.parameters.size()), list = "[" + count + " x { i32, i32 }]";
    const std::string parameters = "@hy_fake_parameters_" + kernel.name, call = "@hy_fake_call_" + kernel.name;
    out_ << parameters << " = internal constant " << list << (kernel.parameters.empty() ? " zeroinitializer" : " [");
    for (size_t i = 0; i < kernel.parameters.size(); ++i) {
      out_ << (i > 0 ? ", " : "") << "{ i32, i32 } { i32 " << size_of(kernel.parameters[i].value) << ", i32 "
           << kernel.parameters[i].kind << " }";
    }
    out_ << (kernel.parameters.empty() ? "\n" : "]\n");
    const std::string call_type = opaque_ ? "ptr" : "void (i8**)*", entry = pointer("{ i32, i32 }");
    out_ << "@hy_fake_kernel_" << kernel.name << " = constant { " << entry << ", i32, i32, " << call_type << " } { "
         << entry << " bitcast (" << pointer(list) << " " << parameters << " to " << entry << "), i32 " << count
         << ", i32 0, " << call_type << " " << call << " }\n";
    const auto sizes = sizes_.find(kernel.required);
    out_ << "@hy_fake_required_" << kernel.name << " = constant [3 x i32] "
         << (sizes == sizes_.end() ? "zeroinitializer" : "[" + sizes->second + "]") << "\n";
    out_ << "@hy_fake_local_" << kernel.name << " = constant i32 " << local_bytes(kernel) << "\n";
    write_call(kernel, call);
  }
  std::string text() const { return out_.str(); }

 private:
  std::string pointer(const std::string& type) const { return opaque_ ? "ptr" : type + "*"; }
  std::string size_of(const std::string& type) const {
    return "ptrtoint (" + pointer(type) + " getelementptr (" + type + ", " + pointer(type) + " null, i32 1) to i32)";
  }
  std::string local_bytes(const Kernel& kernel) const {
    std::string sum = "0";
    for (const auto& [name, used] : kernel.locals) sum = "add (i32 " + sum + ", i32 " + size_of(locals_.at(name)) + ")";
    return sum;
  }
  // Takes a pointer a parameter, loads what is there and calls the kernel with it.
  void write_call(const Kernel& kernel, const std::string& name) {
    const std::string bytes = pointer("i8");
    out_ << "define internal void " << name << "(" << pointer(bytes) << " %all) {\n";
    std::string arguments;
    for (size_t i = 0; i < kernel.parameters.size(); ++i) {
      const Parameter& parameter = kernel.parameters[i];
      const std::string n = std::to_string(i);
      out_ << "  %place" << n << " = getelementptr " << bytes << ", " << pointer(bytes) << " %all, i64 " << n
           << "\n  %raw" << n << " = load " << bytes << ", " << pointer(bytes) << " %place" << n << "\n  %at" << n
           << " = bitcast " << bytes << " %raw" << n << " to " << pointer(parameter.value) << "\n";
      const bool loaded = parameter.by_value.empty();
      if (loaded) {
        out_ << "  %value" << n << " = load " << parameter.type << ", " << pointer(parameter.type) << " %at" << n
             << ", align 1\n";
      }
      arguments += (i > 0 ? ", " : "") + parameter.type + parameter.by_value + (loaded ? " %value" : " %at") + n;
    }
    out_ << "  call void @" << kernel.name << "(" << arguments << ")\n  ret void\n}\n";
  }

  bool opaque_;
  const std::map<std::string, std::string>& locals_;
  const std::map<std::string, std::string>& sizes_;
  std::ostringstream out_;
};

// "@kernel.tile = internal addrspace(3) global [8 x float] undef, align 4": in the section that is poisoned, and not
// internal, so that the compiler does not think that it sees every access.
std::string place_local(std::string line, std::map<std::string, std::string>* locals) {
  const size_t global = line.find("addrspace(3) global ");
  if (line[0] != '@' || global == std::string::npos) return line;
  const std::string type = leading_type(line.substr(global + 20));
  (*locals)[line.substr(1, line.find(' ') - 1)] = type;
  const size_t comma = line.find(", align", global);
  const std::string align = comma == std::string::npos ? "" : line.substr(comma);
  return line.substr(0, line.find(' ')) + " = hidden addrspace(3) global " + type +
         " zeroinitializer, section \"hy_fake_shared\"" + align;
}

void note_locals(const std::string& line, const std::map<std::string, std::string>& locals, Kernel* kernel) {
  for (size_t at = line.find('@'); at != std::string::npos; at = line.find('@', at + 1)) {
    const std::string name = line.substr(at + 1, line.find_first_of(" ,)", at) - at - 1);
    if (locals.count(name) != 0) kernel->locals[name] = true;
  }
}

Kernel read_head(const std::string& line) {
  Kernel read;
  const size_t name = line.find('@') + 1, open = line.find('(', name);
  read.name = line.substr(name, open - name);
  read.parameters = read_parameters(line.substr(open + 1, closing(line, open) - open - 2));
  if (const size_t at = line.find("!reqd_work_group_size "); at != std::string::npos) {
    read.required = line.substr(at + 22, line.find(' ', at + 22) - at - 22);
  }
  return read;
}

}  // namespace

std::string target_lines(const std::string& text) {
  std::istringstream lines(text);
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    if (begins(line, "target ")) found += line + "\n";
  }
  return found;
}

std::string host_module(const std::string& text, const std::string& target, bool opaque_pointers) {
  std::istringstream lines(text);
  std::string out = target;
  std::vector<Kernel> kernels;
  std::map<std::string, std::string> locals, sizes;
  Kernel* inside = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (begins(line, "target ") || begins(line, "source_filename")) continue;
    if (begins(line, "define ") && line.find(" spir_kernel ") != std::string::npos) {
      kernels.push_back(read_head(line));
      inside = &kernels.back();
    } else if (line == "}") {
      inside = nullptr;
    } else if (inside != nullptr) {
      note_locals(line, locals, inside);
    } else if (begins(line, "!") && line.find(" = !{i32 ") != std::string::npos) {
      sizes[line.substr(0, line.find(' '))] = line.substr(line.find('{') + 1, line.size() - line.find('{') - 2);
    }
    line = place_local(line, &locals);
    if (line[0] != '@') {
      replace_all(&line, " spir_kernel ", " ");
      replace_all(&line, " spir_func ", " ");
    }
    out += line + "\n";
  }
  Writer writer(opaque_pointers, locals, sizes);
  for (const Kernel& kernel : kernels) writer.write(kernel);
  return out + writer.text();
}

std::string host_functions(const std::string& text, const std::string& target) {
  std::istringstream lines(text);
  std::string out = target;
  for (std::string line; std::getline(lines, line);) {
    if (begins(line, "target ") || begins(line, "source_filename")) continue;
    if (begins(line, "define ")) {
      line.replace(0, begins(line, "define dso_local ") ? 17 : 7, "define linkonce_odr hidden ");
    }
    replace_all(&line, " spir_func ", " ");
    out += line + "\n";
  }
  return out;
}

}  // namespace gpu_fake
