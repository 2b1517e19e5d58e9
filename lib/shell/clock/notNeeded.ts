/** Why a timer is stopped when what it limits has ended. One for all: `abort()` would make an error with a stack each time. */
export const notNeeded = new Error("the timer is not needed any more");
