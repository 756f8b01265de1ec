// SPDX-License-Identifier: MIT
/* hello.c - the program of the built-in hello-world image: it says that all went well.
 *
 * It runs alone in a container, as its only file. One write, so that the text stays whole. */
#include <unistd.h>

static const char text[] =
	"\n"
	"Hello from Docker!\n"
	"You asked for it by Docker's word, and Coracle ran it: this message shows that your\n"
	"kernel has what containers need.\n"
	"\n"
	"What just happened:\n"
	" 1. Coracle made the \"hello-world\" image from bytes it carries inside. Nothing was\n"
	"    downloaded, and no daemon was asked.\n"
	" 2. It made a container from that image: its own root, name, processes and network.\n"
	" 3. In it ran one small program, which wrote this text and ends now.\n"
	"\n"
	"Next, load an image of your own and look around in it:\n"
	" $ coracle load -i image.tar\n"
	" $ coracle run -it IMAGE sh\n"
	"\n"
	"All commands, and what each is for:\n"
	" $ coracle --help\n"
	"\n";

int main(void)
{
	return write(1, text, sizeof(text) - 1) == sizeof(text) - 1 ? 0 : 1;
}
