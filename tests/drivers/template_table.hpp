// The template backend's table, for plugins that alter it.
#pragma once

#define halyard_backend_query halyard_template_query
#include "samples/backend_template/template_backend.cpp"
#undef halyard_backend_query

#define HALYARD_PLUGIN_EXPORT extern "C" __attribute__((visibility("default")))
