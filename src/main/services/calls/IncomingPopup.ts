import type { CallId } from '#shared/identity/ids.ts';
import type { IncomingAction, IncomingCall } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';

/** The small window, as this service needs it. */
export interface PopupWindow {
  show(): void;
  hide(): void;
}

/**
 * Decides when the window of an incoming call is seen: while a call rings, unless the main window has the
 * focus (the call is shown in it) or the person has dismissed the popup.
 */
export class IncomingPopup {
  readonly #window: PopupWindow;
  readonly #onChanged: (call: IncomingCall | null) => void;
  readonly #onAction: (action: { readonly callId: CallId; readonly action: IncomingAction }) => void;
  readonly #focusMain: () => void;
  readonly #logger: Logger;
  #call: IncomingCall | null = null;
  #dismissed = false;
  #mainFocused = false;
  #visible = false;

  constructor(options: {
    readonly window: PopupWindow;
    readonly onChanged: (call: IncomingCall | null) => void;
    readonly onAction: (action: { readonly callId: CallId; readonly action: IncomingAction }) => void;
    readonly focusMain: () => void;
    readonly logger: Logger;
  }) {
    this.#window = options.window;
    this.#onChanged = options.onChanged;
    this.#onAction = options.onAction;
    this.#focusMain = options.focusMain;
    this.#logger = options.logger;
  }

  get call(): IncomingCall | null {
    return this.#call;
  }

  show(call: IncomingCall | null): void {
    if (call?.callId !== this.#call?.callId) {
      this.#dismissed = false;
    }
    this.#call = call;
    this.#onChanged(call);
    this.#update();
  }

  mainFocusChanged(focused: boolean): void {
    this.#mainFocused = focused;
    this.#update();
  }

  /** A button in the popup. One for a call that no longer rings is too late and changes nothing. */
  respond(callId: CallId, action: IncomingAction): void {
    if (this.#call?.callId !== callId) {
      this.#logger.info('answer to a call that is over', { callId, action });
      return;
    }
    this.#dismissed = true;
    this.#update();
    if (action === 'dismiss') {
      return;
    }
    if (action === 'accept' || action === 'voice') {
      this.#focusMain();
    }
    this.#onAction({ callId, action });
  }

  #update(): void {
    const visible = this.#call !== null && !this.#dismissed && !this.#mainFocused;
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
