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
