import { createHash, verify, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { entriesPerMessage } from '#server/BookKeeper.ts';
import { defaultServerLimits } from '#server/limits.ts';
import { defaultMailboxBounds } from '#server/MailboxStore.ts';
import { turnCredentials } from '#server/turnCredentials.ts';
import { deviceBodySchema, deviceEnvelopeSchema, recordsPerMessage } from '#shared/call/deviceMessages.ts';
import { callBodySchema, callEnvelopeSchema } from '#shared/call/messages.ts';
import { callRecordSchema } from '#shared/people/history.ts';
import { maxIceCredential, maxIceUrls, maxIceUsername } from '#shared/iceUrls.ts';
import { deviceNameChars } from '#shared/people/ownDevices.ts';
import { formatPeerId } from '#shared/identity/peerId.ts';
import { authText } from '#shared/protocol/auth.ts';
import { closeCodes } from '#shared/protocol/closeCodes.ts';
import { limits } from '#shared/protocol/limits.ts';
import { clientMessageSchema, serverMessageSchema } from '#shared/protocol/messages.ts';
import { testIdentity } from '#tests/support/protocolClient.ts';

const source = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
/** Without the padding of the tables. */
const page = source.replace(/ +/g, ' ').replace(/-{4,}/g, '---');
const examples = [...source.matchAll(/```json\n([\s\S]*?)```/g)].map(
  ([, text = '']) => JSON.parse(text) as Record<string, unknown>,
);
const wireSchema = z.union([clientMessageSchema, serverMessageSchema]);
const identity = testIdentity(Uint8Array.from({ length: 32 }, (_, index) => index));
const exampleOf = (type: string) => examples.find((example) => example.type === type);

/** 65536 as the page writes it. */
const grouped = (value: number): string => value.toLocaleString('en-US');

describe('docs/protocol.md', () => {
  test('shows an example of every message, and each is read by its schema as it stands', () => {
    const options = [...clientMessageSchema.options, ...serverMessageSchema.options];
    const types = options.map((option) => option.shape.type.value);
    const shown = examples.filter((example) => 'type' in example);
    expect(new Set(shown.map(({ type }) => type))).toEqual(new Set(types));
    for (const example of shown) {
      expect(wireSchema.parse(example)).toEqual(example);
    }
  });

  test('names every field of every message', () => {
    for (const option of [...clientMessageSchema.options, ...serverMessageSchema.options]) {
      const example = exampleOf(option.shape.type.value) ?? {};
      expect(Object.keys(example).sort()).toEqual(Object.keys(option.shape).sort());
    }
  });

  test('shows an envelope that its schema reads', () => {
    const envelope = examples.find((example) => 'callId' in example);
    expect(callEnvelopeSchema.parse(envelope)).toEqual(envelope);
  });

  test('lists every call message with its fields', () => {
    for (const option of callBodySchema.options) {
      const { type, ...fields } = option.shape;
      const row = new RegExp(`^\\| \`${type.value}\` \\|.*$`, 'm').exec(page)?.[0] ?? '';
      for (const field of Object.keys(fields)) {
        expect(row).toMatch(new RegExp(`\`${field}[?:\`]`));
      }
      expect(row).not.toBe('');
    }
  });

  test('shows an envelope between own devices that its schema reads', () => {
    const envelope = examples.find((example) => example.kind === 'device');
    expect(deviceEnvelopeSchema.parse(envelope)).toEqual(envelope);
    expect(Object.keys(envelope ?? {}).sort()).toEqual(Object.keys(deviceEnvelopeSchema.shape).sort());
  });

  test('lists every message between own devices with its fields', () => {
    const section = page.slice(page.indexOf('\n## Messages between own devices'));
    for (const option of deviceBodySchema.options) {
      const { type, ...fields } = option.shape;
      const row = new RegExp(`^\\| \`${type.value}\` \\|.*$`, 'm').exec(section)?.[0] ?? '';
      for (const field of Object.keys(fields)) {
        expect(row).toContain(`\`${field}\``);
      }
      expect(row).not.toBe('');
    }
    expect(section).toContain(`{${Object.keys(callRecordSchema.shape).join(', ')}}`);
    expect(section).toContain(`at most ${recordsPerMessage} of`);
    expect(section).toContain(`at most ${deviceNameChars} characters`);
  });

  test('lists every close code with its advice', () => {
    for (const [reason, { code, retry }] of Object.entries(closeCodes)) {
      expect(page).toMatch(new RegExp(`^\\| ${code} \\| \`${reason}\` \\|.*\\| ${retry} \\|$`, 'm'));
    }
    const codes = serverMessageSchema.options.flatMap(({ shape }) =>
      'code' in shape ? shape.code.options : [],
    );
    expect(codes).not.toEqual([]);
    for (const code of codes) {
      expect(page).toContain(`| \`${code}\` |`);
    }
  });

  test('gives the limits as they are', () => {
    const rows = [
      `| frame | ${grouped(limits.frameBytes)} bytes |`,
      `| box | ${grouped(limits.boxChars)} characters |`,
      `| \`ref\` | ${limits.refChars} characters |`,
      `| audience | ${limits.audienceChars} characters |`,
      `| \`ttl\` | ${limits.ttlSeconds} seconds |`,
      `| login | ${grouped(limits.handshakeMs)} ms |`,
      `| silence | ${grouped(limits.deadAfterMs)} ms |`,
      `| rate | ${defaultServerLimits.messagesPerSecond} messages per second, ${defaultServerLimits.burst} at once`,
      `| connections | ${grouped(defaultServerLimits.connections)} *, of one IPv4 address or IPv6 /64: ${defaultServerLimits.connectionsPerAddress} *`,
      `| connections not logged in | ${grouped(defaultServerLimits.unauthenticated)} *`,
      `| logins of one address | ${defaultServerLimits.loginsPerSecond} per second, ${defaultServerLimits.loginBurst} at once *`,
      `| devices of one id | ${defaultServerLimits.devicesPerId} *`,
      `| book of a device | ${grouped(limits.bookEntries)} entries |`,
      `| new book entries of an address | ${defaultServerLimits.bookEntriesPerSecond} per second, ${grouped(defaultServerLimits.bookEntryBurst)} at once |`,
      `| watched ids of a session | ${grouped(limits.watchedIds)} |`,
      `at most ${grouped(limits.bookEntriesPerFrame)} of \`{id, may}\``,
      `One session watches at most ${grouped(limits.watchedIds)};`,
      `every ${entriesPerMessage} entries count once more`,
      `| notice | ${grouped(limits.noticeChars)} characters |`,
      `| notices of a recipient | ${limits.noticesPerRecipient}, of one sender ${limits.noticesPerSender}; for ${limits.noticeSeconds / 86_400} days |`,
      `| notices in all | ${grouped(defaultMailboxBounds.inAll)} *, of one sender ${defaultMailboxBounds.perSenderInAll} |`,
      `Of one sender a mailbox keeps the latest ${limits.noticesPerSender}. It has room for ${limits.noticesPerRecipient};`,
      `The server sends at most ${defaultServerLimits.unackedMail} that are not acknowledged`,
      `up to ${defaultServerLimits.mailDelayMs / 1_000} seconds after they were left`,
      `remembers the latest ${defaultMailboxBounds.signedOutPerId} of each id`,
      `| credentials of a session | one every ${1 / defaultServerLimits.turnPerSecond} seconds, ${defaultServerLimits.turnBurst} at once |`,
      `more than ${defaultServerLimits.turnBurst} at once, or for more than one every ${1 / defaultServerLimits.turnPerSecond} seconds`,
      `| credentials of an address | ${defaultServerLimits.loginsPerSecond} per second, ${defaultServerLimits.loginBurst} at once * |`,
      `more than ${defaultServerLimits.loginBurst} at once, or for more than ${defaultServerLimits.loginsPerSecond} per second`,
      `| \`servers\` | at most ${limits.turnServers};`,
      `1 to ${maxIceUrls} TURN addresses`,
      `| \`username\` | at most ${maxIceUsername} characters |`,
      `the password, at most ${maxIceCredential} characters`,
      `whole seconds up to ${grouped(limits.turnSeconds)};`,
      `| unread output | ${grouped(defaultServerLimits.backlogBytes)} bytes *`,
      `| resume window | ${defaultServerLimits.resumeMs / 1_000} seconds *`,
      `of one sender at most ${defaultServerLimits.unackedMessagesPerSender} and ${grouped(defaultServerLimits.unackedCharsPerSender)}`,
      `without an \`ack\` for more than ${defaultServerLimits.unackedMs / 1_000} seconds`,
      `${grouped(defaultServerLimits.unackedMessages)} unacknowledged deliveries and ${grouped(defaultServerLimits.unackedChars)} characters`,
    ];
    for (const row of rows) {
      expect(page).toContain(row);
    }
  });

  test('works its example of an id out correctly', () => {
    const raw = Buffer.from(identity.publicKey, 'base64url');
    const digest = createHash('sha256').update(raw).digest('hex');
    const values = [raw.toString('hex'), identity.publicKey, digest, digest.slice(0, 30), identity.id];
    for (const value of [...values, identity.id.slice(0, 24), identity.id.slice(24)]) {
      expect(page).toContain(`| \`${value}\` |`);
    }
    expect(page).toContain(`\`peerline:${formatPeerId(identity.id)}\``);
  });

  test('works its example of credentials for a relay out correctly', () => {
    const turn = wireSchema.parse(exampleOf('turn'));
    const [server] = turn.type === 'turn' ? turn.servers : [];
    const [ends, name = ''] = server?.username.split(':') ?? [];
    const config = { secret: 'north-south-east-west', ttlSeconds: 3_600 };
    const made = turnCredentials(config, (Number(ends) - 3_600) * 1_000, () => name);
    expect({ username: server?.username, credential: server?.credential }).toEqual(made);
    expect(page).toContain(`\`${config.secret}\``);
  });

  test('works its example of a login out correctly', () => {
    const messages = ['hello', 'challenge', 'auth'].map((type) => wireSchema.parse(exampleOf(type)));
    const [hello, challenge, auth] = messages;
    if (hello?.type !== 'hello' || challenge?.type !== 'challenge' || auth?.type !== 'auth') {
      throw new Error('an example is missing');
    }
    const { publicKey, deviceId } = hello;
    const { nonce } = challenge;
    const { signature, audience } = auth;
    const text = authText({ nonce, audience, deviceId });
    expect(page).toContain(`\`${text.replaceAll('\n', '\\n')}\``);
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    expect(verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))).toBe(true);
  });
});
