import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { limits as protocolLimits } from '#shared/protocol/limits.ts';
import { fail, type Failure, type Result } from '#shared/result.ts';

/** A sealed notice as a recipient gets it. */
export interface Notice {
  /** Made by the store; random, so that it never comes again. */
  readonly mail: string;
  readonly from: PeerId;
  readonly fromDevice: DeviceId;
  readonly box: string;
  /** Public key of the sender; from stores that outlive those who know it otherwise. */
  readonly senderKey?: string;
  /** When the server took it, milliseconds since the epoch. */
  readonly at: number;
}

export interface NewNotice extends Omit<Notice, 'mail'> {
  readonly to: PeerId;
  /** Whether the book of the recipient lets the sender call. Everybody else is a stranger. */
  readonly named: boolean;
}

export interface Put {
  /** False: the mailbox, or the server, is full. */
  readonly kept: boolean;
  /** Older notices that had to give way. */
  readonly displaced: number;
}

export interface LeaseRequest {
  readonly to: PeerId;
  /** Names one session; who presents the same name is the same session. */
  readonly holder: string;
  /** Notices that the holder may have at once, with those that it has already. */
  readonly most: number;
  /** Return those too that the holder has already. */
  readonly again: boolean;
  /** Whether the holder takes anything of that sender; what it does not take stays for others. */
  readonly admits: (from: PeerId) => boolean;
}

export interface Leased {
  /** Oldest first. */
  readonly notices: readonly Notice[];
  /** More may be had when another holder lets go of what it has. */
  readonly blocked: boolean;
}

export type MailboxResult<T> = Result<T, Failure<'MAILBOX_FAILED'>>;

export const mailboxFailed = (error: unknown) =>
  fail('MAILBOX_FAILED', error instanceof Error ? error.message : 'unknown failure');

/** How much is kept; of what exceeds it, see `mailboxRoom.ts` for who gives way. */
export interface MailboxBounds {
  readonly perRecipient: number;
  /** Of one sender for one recipient. */
  readonly perSender: number;
  /** Of one sender for all recipients. */
  readonly perSenderInAll: number;
  readonly inAll: number;
  /** How long a notice is kept, milliseconds. */
  readonly noticeMs: number;
  /** Devices of one id that are remembered as signed out; the earliest gives way. */
  readonly signedOutPerId: number;
  readonly signedOutInAll: number;
}

export const defaultMailboxBounds: MailboxBounds = {
  perRecipient: protocolLimits.noticesPerRecipient,
  perSender: protocolLimits.noticesPerSender,
  perSenderInAll: 500,
  // Some 2.5 KB each on a disk: 125 MB.
  inAll: 50_000,
  noticeMs: protocolLimits.noticeSeconds * 1_000,
  signedOutPerId: 64,
  signedOutInAll: 100_000,
};

/** How long a lease outlives a node that died, milliseconds. A node renews at a third of it. */
export const leaseMs = 60_000;

/**
 * What a server keeps for ids while they are away: sealed notices, and which devices were signed out.
 *
 * A notice is leased to one holder at a time, and removed when that one acknowledges it. Leases keep the order:
 * a holder gets none that is younger than one which it would take but somebody else has.
 */
export interface MailboxStore {
  /** Called before anything else; once it has succeeded, again changes nothing. */
  start(): Promise<MailboxResult<null>>;

  put(notice: NewNotice): Promise<MailboxResult<Put>>;

  lease(request: LeaseRequest): Promise<MailboxResult<Leased>>;

  /** Those notices arrived: they are removed, except for those that another holder has. */
  acknowledge(
    to: PeerId,
    holder: string,
    mail: readonly string[],
  ): Promise<MailboxResult<{ readonly removed: number; readonly left: boolean }>>;

  /** Lets go of those notices, or of all that the holder has. True when there were any. */
  release(to: PeerId, holder: string, mail?: readonly string[]): Promise<MailboxResult<boolean>>;

  /** The holder is still there. A lease that is not renewed for `leaseMs` may end. */
  renew(to: PeerId, holder: string): Promise<MailboxResult<null>>;

  /**
   * Removes notices whose time is over, which are leased to nobody any more in any case. Returns how many were
   * removed for that reason since the last call.
   */
  expire(): Promise<MailboxResult<number>>;

  /** Remembers that the device may no longer log in. */
  signOut(id: PeerId, deviceId: DeviceId): Promise<MailboxResult<null>>;

  isSignedOut(id: PeerId, deviceId: DeviceId): Promise<MailboxResult<boolean>>;

  /** Idempotent. */
  close(): Promise<void>;
}
