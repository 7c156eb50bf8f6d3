#include "lowbit/Dialect/LowbitInterfaces.h"

#include "lowbit/Dialect/LowbitInterfaces.cpp.inc"
