// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-insert-observers)' -split-input-file -verify-diagnostics

// expected-error@+1 {{expected tensor 'arg_0' to have a static shape to be observed, but got 'tensor<?x4xf32>'}}
func.func @dynamic(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  return %x : tensor<?x4xf32>
}

// -----

func.func @taken(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  // expected-error@+1 {{observes as 'tanh_0' what is not the tensor of that name}}
  lowbit.observe %y as "tanh_0" : tensor<4xf32>
  // expected-note@+1 {{the tensor 'tanh_0' is here}}
  %0 = math.tanh %x : tensor<4xf32>
  return
}

// -----

// expected-error@+1 {{expected the name of a tensor to be UTF-8, for calibration tables are}}
func.func @encoding(%x: tensor<4xf32> {lowbit.name = "\FF"}) {
  return
}
