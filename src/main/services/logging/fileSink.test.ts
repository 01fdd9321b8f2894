import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLogger } from '#shared/logging.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { fileSink, formatRecord, logLevelFrom } from './fileSink.ts';

describe('fileSink', () => {
  it('writes one line a record, without secrets', async () => {
    const path = join(await tempFolder(), 'logs', 'main.log');
    const logger = createLogger({ name: 'main', sink: fileSink({ path, console: false }) });
    logger.info('started', { ms: 3, token: 'abc' });
    logger.child('ipc').warn('two\nlines');
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\S+Z info {2}main: started \{"ms":3,"token":"\[secret\]"\}$/);
    expect(lines[1]).toMatch(/Z warn {2}main\.ipc: two lines$/);
  });

  it('writes a record whose context JSON cannot hold', () => {
    const context = { count: 1n };
    expect(formatRecord({ level: 'info', logger: 'a', message: 'b', context }, new Date(0))).toBe(
      '1970-01-01T00:00:00.000Z info  a: b [context not serialisable]',
    );
  });

  it.each([
    ['debug', 'debug'],
    ['WARN', 'warn'],
    ['loud', 'info'],
    [undefined, 'info'],
  ])('PEERLINE_LOG_LEVEL=%s means %s', (value, level) => {
    expect(logLevelFrom(value)).toBe(level);
  });
});
