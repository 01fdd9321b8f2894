import type { CallId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { IncomingAction, IncomingCall, RingingCall } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';

/** The small window, as this service needs it. */
export interface PopupWindow {
  show(): void;
  hide(): void;
}

/**
 * Decides when the window of an incoming call is seen: while a call rings, unless the main window has the
 * focus (the call is shown in it), or the person has dismissed the popup or does not want to be disturbed.
 */
export class IncomingPopup {
  readonly #window: PopupWindow;
  readonly #onChanged: (call: RingingCall | null) => void;
  readonly #describe: (call: IncomingCall) => RingingCall;
  readonly #block: (id: PeerId) => void;
  readonly #onAction: (action: { readonly callId: CallId; readonly action: IncomingAction }) => void;
  readonly #focusMain: () => void;
  readonly #logger: Logger;
  #call: RingingCall | null = null;
  #dismissed = false;
  #mainFocused = false;
  #quiet = false;
  #visible = false;

  constructor(options: {
    readonly window: PopupWindow;
    readonly onChanged: (call: RingingCall | null) => void;
    /** Adds what the address book and the history say. */
    readonly describe: (call: IncomingCall) => RingingCall;
    readonly block: (id: PeerId) => void;
    readonly onAction: (action: { readonly callId: CallId; readonly action: IncomingAction }) => void;
    readonly focusMain: () => void;
    readonly logger: Logger;
  }) {
    this.#window = options.window;
    this.#onChanged = options.onChanged;
    this.#describe = options.describe;
    this.#block = options.block;
    this.#onAction = options.onAction;
    this.#focusMain = options.focusMain;
    this.#logger = options.logger;
  }

  get call(): RingingCall | null {
    return this.#call;
  }

  show(call: IncomingCall | null): void {
    if (call?.callId !== this.#call?.callId) {
      this.#dismissed = false;
    }
    this.#set(call);
    this.#update();
  }

  /** The address book changed: the caller may have a name now. */
  refresh(): void {
    if (this.#call !== null) {
      this.#set(this.#call);
    }
  }

  mainFocusChanged(focused: boolean): void {
    this.#mainFocused = focused;
    this.#update();
  }

  /** The person does not want to be disturbed, or does again; the call is shown in the main window all the same. */
  quietChanged(quiet: boolean): void {
    this.#quiet = quiet;
    this.#update();
  }

  /** A button in the popup. One for a call that no longer rings is too late and changes nothing. */
  respond(callId: CallId, action: IncomingAction): void {
    if (this.#call?.callId !== callId) {
      this.#logger.info('answer to a call that is over', { callId, action });
      return;
    }
    if (action === 'add') {
      // It goes on ringing while the person writes a name into the form, which is in the app.
      this.#focusMain();
      this.#onAction({ callId, action });
      return;
    }
    this.#dismissed = true;
    this.#update();
    if (action === 'dismiss') {
      return;
    }
    if (action === 'block') {
      this.#block(this.#call.from);
    }
    if (action === 'accept' || action === 'voice') {
      this.#focusMain();
    }
    this.#onAction({ callId, action });
  }

  #set(call: IncomingCall | null): void {
    this.#call = call === null ? null : this.#describe(call);
    this.#onChanged(this.#call);
  }

  #update(): void {
    const visible = this.#call !== null && !this.#dismissed && !this.#mainFocused && !this.#quiet;
    if (visible === this.#visible) {
      return;
    }
    this.#visible = visible;
    if (visible) {
      this.#window.show();
    } else {
      this.#window.hide();
    }
  }
}
