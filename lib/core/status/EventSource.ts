/** How Marathon's events come: by its event stream (mode `sse`), or by callbacks that it was asked for (mode `event`). */
export type EventSource = "stream" | "callbacks";
