import { expect, it } from 'vitest';
import { ServerSwitch } from './ServerSwitch.ts';
import type { ServerChoice } from './serverChoice.ts';

const own = (port: number): ServerChoice => ({
  url: `ws://127.0.0.1:${port}`,
  own: { port, openToNetwork: false },
});
const remote: ServerChoice = { url: 'wss://signal.example.org', own: null };

function setUp() {
  const log: string[] = [];
  const pending: (() => void)[] = [];
  const choice = { now: own(7480) };
  const server = new ServerSwitch({
    choose: () => choice.now,
    client: { setUrl: (url) => log.push(`dial ${url}`) },
    ownServer: {
      apply: async (wish) => {
        log.push(`apply ${wish?.port ?? 'none'}`);
        return new Promise((resolve) => pending.push(resolve));
      },
    },
  });
  const follow = async (next: ServerChoice): Promise<void> => {
    choice.now = next;
    return server.follow();
  };
  const applied = () => pending.splice(0).forEach((resolve) => resolve());
  return { log, follow, applied };
}

it('dials our own server once it runs', async () => {
  const { log, follow, applied } = setUp();
  const following = follow(own(7480));
  expect(log).toEqual(['apply 7480']);
  applied();
  await following;
  expect(log).toEqual(['apply 7480', 'dial ws://127.0.0.1:7480']);
});

it('leaves our own server before it stops', async () => {
  const { log, follow, applied } = setUp();
  const following = follow(remote);
  applied();
  await following;
  expect(log).toEqual(['dial wss://signal.example.org', 'apply none']);
});

it.each([
  { first: own(7481), second: remote },
  { first: own(7481), second: own(7482) },
  { first: remote, second: own(7481) },
])('ends at the last of two changes in quick succession: $second.url', async ({ first, second }) => {
  const { log, follow, applied } = setUp();
  const both = [follow(first), follow(second)];
  applied();
  await Promise.all(both);
  expect(log.filter((entry) => entry.startsWith('dial')).at(-1)).toBe(`dial ${second.url}`);
});
