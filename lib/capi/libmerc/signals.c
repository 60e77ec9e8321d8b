/*
 * What Go does to the signals of a program that loads this library, and what is
 * done about it.
 *
 * Go handles the signals of faults (SIGSEGV, SIGBUS, SIGFPE), and SIGPIPE, and
 * SIGURG, with which it interrupts its own code. Of those that come while other
 * code runs it calls the handler that was there before. If there was none, it
 * would print the state of its own code, and end the program in another way
 * than it would have ended without Go. So those that have no handler get one here, before
 * Go looks: it does what no handler does.
 */

#include <signal.h>
#include <stddef.h>

static void act_as_default(int number) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigemptyset(&standard.sa_mask);
    sigaction(number, &standard, NULL);
    raise(number); /* comes when this handler returns */
}

/* Runs before Go's own constructor, which has no priority. */
__attribute__((constructor(101))) static void before_go(void) {
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGPIPE};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct sigaction present;
        if (sigaction(numbers[i], NULL, &present) == 0 && !(present.sa_flags & SA_SIGINFO) &&
            present.sa_handler == SIG_DFL) {
            struct sigaction act = {.sa_handler = act_as_default, .sa_flags = SA_ONSTACK};
            sigemptyset(&act.sa_mask);
            sigaction(numbers[i], &act, NULL);
        }
    }
}
