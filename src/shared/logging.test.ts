import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel, type LogRecord } from './logging.ts';

function collect(level: LogLevel) {
  const records: LogRecord[] = [];
  return { records, logger: createLogger({ name: 'test', sink: (record) => records.push(record), level }) };
}

const sdp = 'v=0\r\no=- 1 2 IN IP4 192.168.1.7\r\na=ice-pwd:x\r\na=fingerprint:sha-256 AA:BB\r\n';

describe('a logger', () => {
  it('drops what is below its level', () => {
    const { records, logger } = collect('warn');
    logger.info('quiet');
    logger.error('loud');
    expect(records.map(({ message }) => message)).toEqual(['loud']);
  });

  it('gives children its context', () => {
    const { records, logger } = collect('info');
    logger.child('part', { callId: 'c1' }).info('started', { ms: 5 });
    expect(records[0]).toEqual({
      level: 'info',
      logger: 'test.part',
      message: 'started',
      context: { callId: 'c1', ms: 5 },
    });
  });
});

describe('redaction', () => {
  it('removes secrets at every level, however deep', () => {
    const { records, logger } = collect('debug');
    logger.debug('x', {
      privateKey: 'k',
      nested: { session: 's', signature: 'g' },
      credential: 'c',
      box: 'b',
    });
    expect(JSON.stringify(records)).not.toMatch(/"[kscgb]"/);
  });

  it.each(['info', 'warn', 'error'] as const)(
    'removes SDP, candidates, names and addresses from %s',
    (level) => {
      const { records, logger } = collect('debug');
      logger[level](`failed for 10.0.0.7 and fe80::1:2:3 with ${sdp}`, {
        sdp,
        candidate: 'candidate:1 1 udp 1 10.1.2.3 5 typ host',
        name: 'somebody',
        reason: 'refused by 10.1.2.3',
        error: new Error('connect ECONNREFUSED 10.1.2.3:7480'),
      });
      const text = JSON.stringify(records);
      expect(text).not.toContain('ice-pwd');
      expect(text).not.toContain('10.1.2.3');
      expect(text).not.toContain('10.0.0.7');
      expect(text).not.toContain('fe80');
      expect(text).not.toContain('somebody');
    },
  );

  it.each([
    "Failed to execute 'setRemoteDescription' on 'RTCPeerConnection': Failed to parse SessionDescription. a=ice-pwd:hunter2hunter2hunter2hunt Invalid value.",
    'Failed to parse SessionDescription. c=IN IP4 hunter2 Expect line: c=',
    'rejected "a=ice-ufrag:hunter2"',
    'Error processing ICE candidate candidate:1 1 udp 2122260223 hunter2.local 5000 typ host',
    'no use for ice-pwd:hunter2',
  ])('removes SDP inside a line: %s', (text) => {
    const { records, logger } = collect('info');
    logger.warn('remote description rejected', { error: new Error(text) });
    expect(JSON.stringify(records)).not.toContain('hunter2');
  });

  it('keeps the frames of a stack behind SDP', () => {
    const { records, logger } = collect('info');
    const error = new Error(`Failed to parse SessionDescription. ${sdp}`);
    error.stack = `Error: ${error.message}\n    at negotiate (app://peerline/assets/index.js:12:34)`;
    logger.warn('failed', { error });
    expect(records[0]?.context.error).toMatchObject({
      stack: expect.stringContaining('at negotiate (app://peerline/assets/index.js:12:34)') as string,
    });
    expect(JSON.stringify(records)).not.toMatch(/ice-pwd|AA:BB/);
  });

  it.each([
    'fe80::1:7480',
    'fd12::5',
    '2001:db8::7',
    '::1',
    '[fd12::5]:7480',
    'fd12:0:0:1:2:3:4:5',
    '::ffff:10.1.2.3',
    'fe80::1%eth0',
  ])('removes the address %s', (address) => {
    const { records, logger } = collect('info');
    logger.warn(`connect ECONNREFUSED ${address}: no`, { cause: `at ${address}` });
    expect(JSON.stringify(records)).not.toMatch(/fd12|fe80|db8|::|10\.1/);
  });

  it.each([
    'at 12:30:45',
    'std::vector',
    'app://peerline/index.js:12:34',
    'node:internal/main:5:1',
    'retry=3',
    'x == y',
  ])('keeps %s', (text) => {
    const { records, logger } = collect('info');
    logger.info(text);
    expect(records[0]?.message).toBe(text);
  });

  it('keeps the class of an error, also of one that comes from a page', () => {
    const { records, logger } = collect('info');
    logger.warn('failed', { error: new TypeError('x') });
    logger.warn('failed', { error: { name: 'NotAllowedError', message: 'x', stack: '' } });
    logger.warn('failed', { error: { name: 'somebody' } });
    expect(records.map(({ context }) => (context.error as { name: string }).name)).toEqual([
      'TypeError',
      'NotAllowedError',
      '[private]',
    ]);
  });

  it('shortens peer ids to their first group above debug', () => {
    const { records, logger } = collect('debug');
    logger.info('calling 4F7KQ2M9XA4F7KQ2M9XA4F7KQ', { peer: '4F7KQ2M9XA4F7KQ2M9XA4F7KQ' });
    logger.debug('calling', { peer: '4F7KQ2M9XA4F7KQ2M9XA4F7KQ' });
    expect(JSON.stringify(records[0])).not.toContain('2M9XA');
    expect(records[0]?.context.peer).toBe('4F7KQ...');
    expect(records[1]?.context.peer).toBe('4F7KQ2M9XA4F7KQ2M9XA4F7KQ');
  });

  it('keeps facts, and survives cycles', () => {
    const { records, logger } = collect('info');
    const cycle: Record<string, unknown> = { ms: 12 };
    cycle.self = cycle;
    logger.info('call connected', { callId: 'abc', ms: 12, cycle });
    expect(records[0]?.context).toMatchObject({ callId: 'abc', ms: 12 });
    expect(() => JSON.stringify(records)).not.toThrow();
  });
});
