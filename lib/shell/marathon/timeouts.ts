/** Milliseconds for a connection to stand, TLS included. */
export const connectTimeout = 3_000;

/** Milliseconds for an answer to begin, and then for its next byte. */
export const answerTimeout = 46_000;
