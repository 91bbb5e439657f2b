// Where Python's packages keep vendors' libraries: many machines have a vendor's compiler only as a wheel beside
// PyTorch.
#pragma once

#include <string>
#include <vector>

namespace halyard::common {

// Patterns for hy_library_request::folders: each of `inside` ("nvidia/cuda_nvrtc/lib") under the package folders of the
// Python environments that this process would use: $VIRTUAL_ENV, $CONDA_PREFIX, those whose bin folder is in $PATH, the
// user's ($HOME/.local), /usr/local, /usr and what is under /opt, in this order. Environment variables are ignored in
// set-user-id programs.
std::vector<std::string> python_folders(const std::vector<const char*>& inside);

}  // namespace halyard::common
