// SPDX-License-Identifier: MIT
/* network.h - the rows of `network` that have a file of their own. */
#pragma once

#include "applets/applet.h"

extern const struct opt network_create_table[], network_ls_table[], network_connect_table[],
	network_disconnect_table[];
cmd_fn network_create_run, network_ls_run, network_connect_run, network_disconnect_run;
