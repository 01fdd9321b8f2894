import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryBackplane, MemoryHub } from '#server/MemoryBackplane.ts';
import type { ProtocolClient } from '#tests/support/protocolClient.ts';
import { TestServer } from '#tests/support/testServer.ts';

/** A node whose messages of one kind wait until the test lets them go: a slow network, in the test's hand. */
class SlowBackplane extends MemoryBackplane {
  #letGo: () => void = () => undefined;
  #gate: Promise<void> | undefined;
  #kind = '';
  #stopped: () => void = () => undefined;

  /** Resolves when the first message of `kind` waits. */
  async hold(kind: string): Promise<void> {
    this.#kind = kind;
    this.#gate = new Promise((resolve) => {
      this.#letGo = resolve;
    });
    return new Promise((resolve) => {
      this.#stopped = resolve;
    });
  }

  letGo(): void {
    this.#gate = undefined;
    this.#letGo();
  }

  override async publish(node: string, text: string) {
    if (this.#gate !== undefined && text.includes(`"kind":"${this.#kind}"`)) {
      this.#stopped();
      await this.#gate;
    }
    return super.publish(node, text);
  }
}

let hub: MemoryHub;
let eastLink: SlowBackplane;
let westLink: SlowBackplane;
let east: TestServer;
let west: TestServer;
let south: TestServer;

beforeEach(async () => {
  hub = new MemoryHub();
  [eastLink, westLink] = [new SlowBackplane({ hub }), new SlowBackplane({ hub })];
  [east, west, south] = (await Promise.all(
    [eastLink, westLink, new MemoryBackplane({ hub })].map(async (backplane) =>
      TestServer.start({ backplane }),
    ),
  )) as [TestServer, TestServer, TestServer];
});
afterEach(async () => {
  await Promise.all([east, west, south].map(async (server) => server.stop()));
});

const boxes = (client: ProtocolClient): string[] => client.deliveries.map(({ box }) => box);

/** A device that lost its connection to the west node. */
async function dropped(): Promise<ProtocolClient> {
  const client = await west.login();
  await client.drop();
  await west.noticed(0);
  return client;
}

const comeBack = ({ identity, deviceId, ready }: ProtocolClient) => ({
  identity,
  deviceId,
  resume: { session: ready.session, seq: 0 },
});

describe('a box for a session that is moving to another node', () => {
  test.each(['east', 'south'])(
    'waits there until the session has come: sent at the %s node',
    async (place) => {
      const alice = await (place === 'east' ? east : south).login();
      const bob = await dropped();
      expect((await alice.deliver(bob.id, { box: 'before' })).stored).toBe(true);
      const held = westLink.hold('taken');
      const again = east.client(bob);
      const login = again.login(comeBack(bob));
      await held;
      expect(await alice.deliver(bob.id, { box: 'during' })).toMatchObject({ devices: [], stored: true });
      westLink.letGo();
      expect((await login).resumed).toBe(true);
      await again.settle();
      expect(boxes(again)).toEqual(['before', 'during']);
      expect(again.deliveries.map(({ seq }) => seq)).toEqual([1, 2]);
    },
  );

  test('waits for it even if the device is gone again before it came', async () => {
    const [alice, bob] = [await east.login(), await dropped()];
    const held = westLink.hold('taken');
    const lost = east.client(bob);
    const login = lost.login(comeBack(bob));
    await held;
    expect((await alice.deliver(bob.id, { box: 'during' })).stored).toBe(true);
    await Promise.all([lost.drop(), expect(login).rejects.toThrow('closed')]);
    await east.noticed(1);
    westLink.letGo();
    const again = await east.login({ ...comeBack(bob) });
    await again.settle();
    expect(again.ready.resumed).toBe(true);
    expect(boxes(again)).toEqual(['during']);
  });

  test.each(['east', 'south'])('follows it when it has just left for the %s node', async (place) => {
    const [alice, bob] = [await east.login(), await dropped()];
    const held = eastLink.hold('deliver');
    const receipt = alice.deliver(bob.id, { box: 'late' });
    await held;
    const again = await (place === 'east' ? east : south).login(comeBack(bob));
    eastLink.letGo();
    expect(await receipt).toMatchObject({ devices: [bob.deviceId], stored: false });
    await again.settle();
    expect(boxes(again)).toEqual(['late']);
  });

  test('reaches a device once that did not move while another one did', async () => {
    const [alice, bob] = [await east.login(), await dropped()];
    const desk = await south.login({ identity: bob.identity });
    const held = eastLink.hold('deliver');
    const receipt = alice.deliver(bob.id, { box: 'late' });
    await held;
    const again = await south.login(comeBack(bob));
    eastLink.letGo();
    expect(new Set((await receipt).devices)).toEqual(new Set([bob.deviceId, desk.deviceId]));
    await Promise.all([again.settle(), desk.settle()]);
    expect([boxes(again), boxes(desk)]).toEqual([['late'], ['late']]);
  });
});

describe('a session that is moving to another node', () => {
  test('ends there when its device is signed out before it has come', async () => {
    const [alice, bob] = [await east.login(), await dropped()];
    const desk = await south.login({ identity: bob.identity });
    const held = westLink.hold('taken');
    const again = east.client(bob);
    const login = again.login(comeBack(bob));
    await held;
    expect(await desk.request({ type: 'devices.end', device: bob.deviceId })).toBe('done');
    westLink.letGo();
    await expect(login).rejects.toThrow('closed');
    expect((await again.closed).reason).toBe('signedOut');
    expect(await alice.deliver(bob.id)).toMatchObject({ devices: [desk.deviceId], stored: false });
  });
});
