import assert from "node:assert/strict";
import {
  type EventFrame,
  type MarathonEvent,
  readEventFrame,
} from "../../../../lib/core/marathon/events/readEventFrame.ts";

const cases: { name: string; frame: EventFrame; events: MarathonEvent[]; problems?: string[] }[] = [
  {
    name: "a task event states its app",
    frame: { event: "status_update_event", data: '{"eventType":"status_update_event","appId":"/a"}' },
    events: [{ eventType: "status_update_event", appId: "/a" }],
  },
  {
    name: "an instance event states its run specification",
    frame: { data: '{"eventType":"instance_changed_event","runSpecId":"/a/b"}' },
    events: [{ eventType: "instance_changed_event", appId: "/a/b" }],
  },
  {
    name: "an API event holds the app's definition",
    frame: { data: '{"eventType":"api_post_event","appDefinition":{"id":"/c"}}' },
    events: [{ eventType: "api_post_event", appId: "/c" }],
  },
  {
    name: "an app id that is no text is none",
    frame: { data: '{"eventType":"api_post_event","appId":7,"appDefinition":null}' },
    events: [{ eventType: "api_post_event" }],
  },
  {
    name: "several objects in one frame",
    frame: { event: "x", data: '{"eventType":"a"}\n{"eventType":"b"}\r\n{"eventType":"c"}\r\n' },
    events: [{ eventType: "a" }, { eventType: "b" }, { eventType: "c" }],
  },
  {
    name: "one object over several lines",
    frame: { data: '{\n"eventType":\n"a"\n}' },
    events: [{ eventType: "a" }],
  },
  {
    name: "an object without eventType has the name of its frame",
    frame: { event: "app_terminated_event", data: '{"appId":"/a"}' },
    events: [{ eventType: "app_terminated_event", appId: "/a" }],
  },
  {
    name: "without any name it is a problem",
    frame: { data: '{"appId":"/a"}' },
    events: [],
    problems: ["Ignored an event of 14 characters: it is a JSON object without an eventType"],
  },
  {
    name: "what is malformed does not hide what is not, and is not quoted",
    frame: {
      event: "api_post_event",
      data: '{"eventType":"a"}\n{"password":"secret\n[1]\n{"eventType":"b"}',
    },
    events: [{ eventType: "a" }, { eventType: "b" }],
    problems: [
      'Ignored an event named "api_post_event" of 19 characters: it is not JSON',
      'Ignored an event named "api_post_event" of 3 characters: it is JSON, but not an object',
    ],
  },
  {
    name: "null is no event",
    frame: { data: "null" },
    events: [],
    problems: [
      "Ignored an event of 4 characters: it is JSON, but not an object",
    ],
  },
  { name: "an empty frame is nothing", frame: { event: "x", data: "" }, events: [] },
];

for (const { name, frame, events, problems = [] } of cases) {
  Deno.test(`readEventFrame: ${name}`, () => {
    assert.deepEqual(readEventFrame(frame), { events, problems });
  });
}
