// All of the C++ API. It is header-only over the C API of halyard.h, so it works with any compiler, standard library
// and flags, exceptions and RTTI on or off. Each noun also has a header of its own.
#pragma once

#include "halyard/bundle.hpp"
#include "halyard/checked.hpp"
#include "halyard/device.hpp"
#include "halyard/element.hpp"
#include "halyard/error.hpp"
#include "halyard/grid.hpp"
#include "halyard/half.hpp"
#include "halyard/kernel.hpp"
#include "halyard/point.hpp"
#include "halyard/result.hpp"
#include "halyard/runtime.hpp"
#include "halyard/stream.hpp"
#include "halyard/topology.hpp"
