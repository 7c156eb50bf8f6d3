/*
 * One layer through oneDNN: a primitive made once, in the layouts that the library chooses, and called many times.
 * benchmarks/peers/onednn.py builds and loads this.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "oneapi/dnnl/dnnl.h"

/* What Layer of benchmarks/layers.py says. Tensors are dense: x[m][k] or x[1][h][w][c]; weights[k][n] or [f][kh][kw][c
 * / groups]. */
struct layer {
  int64_t kind;                      /* 0 a product, 1 a convolution, 2 a change of representation */
  int64_t xType, weightsType, yType; /* dnnl_data_type_t */
  int64_t m, n, k;
  int64_t height, channels, filters, groups, kernel, outHeight, stride, dilation, pad;
  float xScale, yScale;
  int32_t xZero, yZero;
  const float *weightScales, *bias;
  void *x, *weights;
};

struct primitive {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_primitive_t run;
  dnnl_exec_arg_t arguments[16];
  int argumentCount;
  dnnl_memory_t y;
};

static void check(dnnl_status_t status, const char *what) {
  if (status == dnnl_success)
    return;
  fprintf(stderr, "oneDNN: %s failed with status %d\n", what, (int)status);
  exit(1);
}
#define CHECK(call) check(call, #call)

static dnnl_memory_desc_t describe(int rank, const int64_t *dims, int64_t type, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t found;
  CHECK(dnnl_memory_desc_create_with_tag(&found, rank, dims, (dnnl_data_type_t)type, tag));
  return found;
}

static dnnl_memory_t wrap(struct primitive *p, const_dnnl_memory_desc_t form, void *data) {
  dnnl_memory_t found;
  CHECK(dnnl_memory_create(&found, form, p->engine, data));
  return found;
}

static void add(struct primitive *p, int name, dnnl_memory_t memory) {
  p->arguments[p->argumentCount].arg = name;
  p->arguments[p->argumentCount++].memory = memory;
}

static void addVector(struct primitive *p, int name, dnnl_data_type_t type, int64_t size, const void *data) {
  add(p, name, wrap(p, describe(1, &size, type, dnnl_a), (void *)data));
}

/* A copy in another layout: weights and input are brought into the primitive's before the clock starts. */
static dnnl_memory_t reordered(struct primitive *p, dnnl_memory_t source, const_dnnl_memory_desc_t form, void *data) {
  const_dnnl_memory_desc_t from;
  CHECK(dnnl_memory_get_memory_desc(source, &from));
  dnnl_memory_t target = wrap(p, form, data);
  dnnl_primitive_desc_t description;
  dnnl_primitive_t reorder;
  CHECK(dnnl_reorder_primitive_desc_create(&description, from, p->engine, form, p->engine, NULL));
  CHECK(dnnl_primitive_create(&reorder, description));
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}};
  CHECK(dnnl_primitive_execute(reorder, p->stream, 2, arguments));
  CHECK(dnnl_stream_wait(p->stream));
  return target;
}

/* Scales and zero points of integers, as attributes and arguments. */
static dnnl_primitive_attr_t quantization(struct primitive *p, const struct layer *l, int weightsMask) {
  dnnl_primitive_attr_t found;
  CHECK(dnnl_primitive_attr_create(&found));
  const int isX = l->xType != dnnl_f32, isY = l->yType != dnnl_f32;
  const int fromX = DNNL_ARG_SRC, toY = DNNL_ARG_DST;
  if (isX) {
    CHECK(dnnl_primitive_attr_set_scales_mask(found, fromX, 0));
    addVector(p, DNNL_ARG_ATTR_SCALES | fromX, dnnl_f32, 1, &l->xScale);
  }
  if (isX && l->xZero) {
    CHECK(dnnl_primitive_attr_set_zero_points_mask(found, fromX, 0));
    addVector(p, DNNL_ARG_ATTR_ZERO_POINTS | fromX, dnnl_s32, 1, &l->xZero);
  }
  if (isY) {
    CHECK(dnnl_primitive_attr_set_scales_mask(found, toY, 0));
    addVector(p, DNNL_ARG_ATTR_SCALES | toY, dnnl_f32, 1, &l->yScale);
    CHECK(dnnl_primitive_attr_set_zero_points_mask(found, toY, 0));
    addVector(p, DNNL_ARG_ATTR_ZERO_POINTS | toY, dnnl_s32, 1, &l->yZero);
  }
  if (isX && l->weightScales) {
    CHECK(dnnl_primitive_attr_set_scales_mask(found, DNNL_ARG_WEIGHTS, weightsMask));
    addVector(p, DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, dnnl_f32, l->kind == 0 ? l->n : l->filters, l->weightScales);
  }
  return found;
}

/* Makes the primitive and its buffers; `x`, `weights` and `bias` are in plain layouts. */
static void finish(struct primitive *p, dnnl_primitive_desc_t d, dnnl_memory_desc_t x, dnnl_memory_desc_t weights,
                   const struct layer *l) {
  CHECK(dnnl_primitive_create(&p->run, d));
  void *allocate = DNNL_MEMORY_ALLOCATE;
  add(p, DNNL_ARG_SRC, reordered(p, wrap(p, x, l->x), dnnl_primitive_desc_query_md(d, dnnl_query_src_md, 0), allocate));
  if (weights) {
    const_dnnl_memory_desc_t form = dnnl_primitive_desc_query_md(d, dnnl_query_weights_md, 0);
    add(p, DNNL_ARG_WEIGHTS, reordered(p, wrap(p, weights, l->weights), form, allocate));
    const_dnnl_memory_desc_t biasForm = dnnl_primitive_desc_query_md(d, dnnl_query_weights_md, 1);
    add(p, DNNL_ARG_BIAS, wrap(p, biasForm, (void *)l->bias));
  }
  p->y = wrap(p, dnnl_primitive_desc_query_md(d, dnnl_query_dst_md, 0), allocate);
  add(p, DNNL_ARG_DST, p->y);
}

static void makeProduct(struct primitive *p, const struct layer *l) {
  const int64_t x[] = {l->m, l->k}, w[] = {l->k, l->n}, b[] = {1, l->n}, y[] = {l->m, l->n};
  dnnl_primitive_desc_t d;
  CHECK(dnnl_matmul_primitive_desc_create(
      &d, p->engine, describe(2, x, l->xType, dnnl_ab), describe(2, w, l->weightsType, dnnl_format_tag_any),
      describe(2, b, dnnl_f32, dnnl_ab), describe(2, y, l->yType, dnnl_ab), quantization(p, l, 1 << 1)));
  finish(p, d, describe(2, x, l->xType, dnnl_ab), describe(2, w, l->weightsType, dnnl_ab), l);
}

static void makeConvolution(struct primitive *p, const struct layer *l) {
  const int64_t x[] = {1, l->channels, l->height, l->height}, y[] = {1, l->filters, l->outHeight, l->outHeight};
  const int64_t plain[] = {l->filters, l->channels, l->kernel, l->kernel};
  const int64_t grouped[] = {l->groups, l->filters / l->groups, l->channels / l->groups, l->kernel, l->kernel};
  const int isGrouped = l->groups > 1, rank = isGrouped ? 5 : 4;
  const int64_t *w = isGrouped ? grouped : plain;
  const int64_t b[] = {l->filters}, strides[] = {l->stride, l->stride}, pads[] = {l->pad, l->pad};
  const int64_t dilations[] = {l->dilation - 1, l->dilation - 1};
  const dnnl_format_tag_t any = dnnl_format_tag_any;
  dnnl_primitive_desc_t d;
  CHECK(dnnl_convolution_forward_primitive_desc_create(
      &d, p->engine, dnnl_forward_inference, dnnl_convolution_direct, describe(4, x, l->xType, any),
      describe(rank, w, l->weightsType, any), describe(1, b, dnnl_f32, dnnl_a), describe(4, y, l->yType, any), strides,
      dilations, pads, pads, quantization(p, l, isGrouped ? 3 : 1)));
  /* A group has one channel here, so that its weights are dense in either order. */
  finish(p, d, describe(4, x, l->xType, dnnl_acdb),
         describe(rank, w, l->weightsType, isGrouped ? dnnl_abcde : dnnl_acdb), l);
}

static void makeConversion(struct primitive *p, const struct layer *l) {
  const int64_t size[] = {l->m};
  dnnl_memory_desc_t x = describe(1, size, l->xType, dnnl_a), y = describe(1, size, l->yType, dnnl_a);
  dnnl_primitive_desc_t d;
  CHECK(dnnl_reorder_primitive_desc_create(&d, x, p->engine, y, p->engine, quantization(p, l, 0)));
  finish(p, d, x, NULL, l);
}

/* The layer, ready to be called. What it cannot do ends the process with a message. */
struct primitive *onednn_create(const struct layer *l) {
  struct primitive *p = calloc(1, sizeof *p);
  CHECK(dnnl_engine_create(&p->engine, dnnl_cpu, 0));
  CHECK(dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags));
  void (*const make[])(struct primitive *, const struct layer *) = {makeProduct, makeConvolution, makeConversion};
  make[l->kind](p, l);
  return p;
}

void onednn_call(struct primitive *p) {
  dnnl_primitive_execute(p->run, p->stream, p->argumentCount, p->arguments);
  dnnl_stream_wait(p->stream);
}

/* Calls, and writes the result in plain layout, channels last. */
void onednn_result(struct primitive *p, const struct layer *l, void *y) {
  const int64_t product[] = {l->m, l->n}, size[] = {l->m}, image[] = {1, l->filters, l->outHeight, l->outHeight};
  const int64_t *dims[] = {product, image, size};
  const int rank[] = {2, 4, 1};
  const dnnl_format_tag_t tag[] = {dnnl_ab, dnnl_acdb, dnnl_a};
  onednn_call(p);
  reordered(p, p->y, describe(rank[l->kind], dims[l->kind], l->yType, tag[l->kind]), y);
}

const char *onednn_version(void) {
  static char text[32];
  const dnnl_version_t *v = dnnl_version();
  snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
  return text;
}
