import { describe, expect, it } from 'vitest';
import type { Notice } from '#shared/ipc/contract.ts';
import { formatPeerLink, type PeerLink } from '#shared/people/links.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { LinkInbox } from './LinkInbox.ts';

const link = (number: number): PeerLink => ({ id: personId(number), server: null });

function makeInbox() {
  const inbox = new LinkInbox();
  const opened: PeerLink[] = [];
  const notices: Notice[] = [];
  const { logger, records } = testLogger();
  const start = () =>
    inbox.start({
      opened: (value) => opened.push(value),
      refused: (notice) => notices.push(notice),
      logger,
    });
  return { inbox, start, opened, notices, records };
}

describe('LinkInbox', () => {
  it('keeps the last link that comes before somebody can be asked', () => {
    const { inbox, start, opened } = makeInbox();
    inbox.open(formatPeerLink(link(1)));
    inbox.open(formatPeerLink(link(2)));
    start();
    expect(opened).toEqual([link(2)]);
  });

  it('passes on every link that comes later', () => {
    const { inbox, start, opened } = makeInbox();
    start();
    inbox.open(formatPeerLink(link(1)));
    inbox.open(formatPeerLink(link(2)));
    expect(opened).toEqual([link(1), link(2)]);
  });

  it('tells of a bad link without a word of it', () => {
    const { inbox, start, opened, notices, records } = makeInbox();
    start();
    inbox.open('peerline:SOMETHING-RUDE-THAT-IS-NO-ID');
    expect(opened).toEqual([]);
    expect(notices).toEqual([{ code: 'PEER_LINK_INVALID' }]);
    expect(JSON.stringify(records)).not.toContain('RUDE');
  });
});
