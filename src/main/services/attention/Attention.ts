import type { Locale, Settings } from '#shared/settings.ts';
import { mainTexts } from '../mainTexts.ts';

type Status = Settings['status'];

/** What stands in the tray, on the dock and in the taskbar, ready to be drawn. */
export interface AttentionView {
  /** Missed calls that the person has not looked at; 0: nothing is shown. */
  readonly unseen: number;
  /** Says the same in words. */
  readonly text: string;
  readonly open: string;
  readonly status: string;
  readonly statuses: readonly { readonly value: Status; readonly label: string; readonly checked: boolean }[];
  readonly quit: string;
}

export interface AttentionPort {
  show(view: AttentionView): void;
  close(): void;
}

/** Tells the person, outside of the window, how many calls were missed and how they are shown to others. */
export class Attention {
  readonly #port: AttentionPort;
  readonly #title: string;
  readonly #locale: () => Locale;
  readonly #status: () => Status;
  #unseen = 0;
  #shown = '';

  constructor(options: {
    readonly port: AttentionPort;
    /** The name of the app, and of the profile if it is not the only one. */
    readonly title: string;
    readonly locale: () => Locale;
    readonly status: () => Status;
  }) {
    this.#port = options.port;
    this.#title = options.title;
    this.#locale = options.locale;
    this.#status = options.status;
  }

  /** `count`: missed calls that the person has not looked at. */
  setUnseen(count: number): void {
    this.#unseen = count;
    this.refresh();
  }

  /** After the language or the status has changed; draws nothing that is drawn already. */
  refresh(): void {
    const view = this.#view();
    const text = JSON.stringify(view);
    if (text !== this.#shown) {
      this.#shown = text;
      this.#port.show(view);
    }
  }

  #view(): AttentionView {
    const texts = mainTexts(this.#locale());
    const status = this.#status();
    const labels: Readonly<Record<Status, string>> = {
      online: texts.trayOnline,
      doNotDisturb: texts.trayDoNotDisturb,
      offline: texts.trayOffline,
    };
    const values: readonly Status[] = ['online', 'doNotDisturb', 'offline'];
    return {
      unseen: this.#unseen,
      text: this.#unseen === 0 ? this.#title : `${this.#title}: ${texts.missedCalls(this.#unseen)}`,
      open: texts.trayOpen,
      status: texts.trayStatus,
      statuses: values.map((value) => ({ value, label: labels[value], checked: value === status })),
      quit: texts.trayQuit,
    };
  }
}
