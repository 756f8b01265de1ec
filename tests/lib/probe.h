// SPDX-License-Identifier: MIT
/* probe.h - the parts of the probe: what holds here, what may be called here, what can be tried here. */
#pragma once

/* Print one line a system call and calling convention: "call x64 mount 1". */
void probe_calls(void);

/* Do what argv[0] names; the exit status. */
int probe_do(int argc, char **argv);
