import type { Act, Stage } from "./Act.ts";
import { guestApp, refusedLabels, soakAppId } from "./soakApp.ts";

const maxInstances = 6;

/** Changes of apps as their owners make them. One that Marathon refuses, because it still makes another, is left out. */
export const changes: readonly Act[] = [
  {
    name: "scale",
    weight: 8,
    run: async ({ world, random, apps }) => {
      const id = anyApp(random, apps);
      await unlessLocked(world.marathon.scale(id, random.between(1, maxInstances)));
    },
  },
  {
    name: "redeploy",
    weight: 3,
    run: ({ world, random, apps }) => unlessLocked(world.marathon.restart(anyApp(random, apps))),
  },
  { name: "guest", weight: 2, run: ({ world }) => comeOrGo(world, {}) },
  {
    name: "refused label",
    weight: 3,
    run: ({ world, random }) => comeOrGo(world, random.pick(refusedLabels)),
  },
];

function anyApp(random: Stage["random"], apps: number): string {
  return soakAppId(random.between(0, apps - 1));
}

async function comeOrGo(world: Stage["world"], labels: Readonly<Record<string, string>>): Promise<void> {
  const guest = guestApp(world.guestPort, labels);
  const isThere = world.marathon.tasks(guest.id).length > 0;
  await unlessLocked(isThere ? world.marathon.deleteApp(guest.id) : world.marathon.createApp(guest));
}

/** Marathon refuses to change an app that it still changes: that is how owners of apps find out, too. */
async function unlessLocked(change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!/App is locked|already exists/.test((error as Error).message)) throw error;
  }
}
