import type { ElectronApplication } from 'playwright-core';
import type { DialogAnswer, ShownDialog } from '#tests/chromium-shell/dialogs.ts';
import type { MenuFacts } from '#tests/chromium-shell/menus.ts';
import type { RunningApp } from './Launcher.ts';

/** How `app.relaunch` tells the launcher, which starts the next instance itself in order to follow it. */
export const RELAUNCH = /^peerline-test relaunch (.*)$/gm;

const KEY = 'peerlineTestDesktop';

/** What stands in for the desktop, in Electron's main process under `KEY`. */
interface Desktop {
  readonly answers: DialogAnswer[];
  readonly shown: ShownDialog[];
  tray: { press(labels: readonly string[]): void; facts(): { toolTip: string; menu: MenuFacts[] } } | null;
}

/**
 * Puts a person who has answered beforehand in the place of the system's dialogs, and keeps what goes to the
 * tray, which Electron does not let anybody read back. The tray is known from the first time that it changes
 * after the launch.
 */
export async function replaceDesktop(electron: ElectronApplication): Promise<void> {
  await electron.evaluate(({ app, dialog, Tray }, key) => {
    const desktop: Desktop = { answers: [], shown: [], tray: null };
    Reflect.set(globalThis, key, desktop);
    const take = (kind: DialogAnswer['kind']): DialogAnswer | undefined => {
      const answer = desktop.answers.shift();
      if (answer !== undefined && answer.kind !== kind) {
        throw new Error(`the test answers a ${answer.kind} dialog, but a ${kind} dialog came`);
      }
      return answer;
    };
    Reflect.set(dialog, 'showMessageBox', async (...args: unknown[]) => {
      const { title, message, detail, buttons, defaultId } = args.at(-1) as Electron.MessageBoxOptions;
      const text = [title, message, detail].filter((part) => part !== undefined).join(' ');
      desktop.shown.push({ kind: 'message', text, buttons: buttons ?? [], defaultPath: '' });
      const answer = take('message');
      return Promise.resolve({
        response: answer?.kind === 'message' ? answer.button : (defaultId ?? 0),
        checkboxChecked: false,
      });
    });
    Reflect.set(dialog, 'showSaveDialog', async (...args: unknown[]) => {
      const { title, defaultPath } = args.at(-1) as Electron.SaveDialogOptions;
      desktop.shown.push({ kind: 'save', text: title ?? '', buttons: [], defaultPath: defaultPath ?? '' });
      const answer = take('save');
      const path = answer?.kind === 'save' ? answer.path : null;
      return Promise.resolve({ canceled: path === null, filePath: path ?? '' });
    });
    Reflect.set(dialog, 'showOpenDialog', async (...args: unknown[]) => {
      const { title, defaultPath } = args.at(-1) as Electron.OpenDialogOptions;
      desktop.shown.push({ kind: 'open', text: title ?? '', buttons: [], defaultPath: defaultPath ?? '' });
      const answer = take('open');
      const path = answer?.kind === 'open' ? answer.path : null;
      return Promise.resolve({ canceled: path === null, filePaths: path === null ? [] : [path] });
    });
    Reflect.set(app, 'relaunch', (options: Electron.RelaunchOptions = {}) => {
      console.log(`peerline-test relaunch ${JSON.stringify(options.args ?? process.argv.slice(1))}`);
    });

    const tips = new WeakMap<Electron.Tray, string>();
    const menus = new WeakMap<Electron.Tray, Electron.Menu | null>();
    const factsOf = (menu: Electron.Menu | null | undefined): MenuFacts[] =>
      (menu?.items ?? [])
        .filter(({ type }) => type !== 'separator')
        .map(({ label, checked, submenu }) => ({ label, checked, submenu: factsOf(submenu) }));
    const press = (menu: Electron.Menu | null | undefined, labels: readonly string[]): void => {
      const [label, ...rest] = labels;
      const item = menu?.items.find((candidate) => candidate.label === label);
      if (item === undefined) {
        throw new Error(`the menu has no entry ${label ?? ''}`);
      }
      if (rest.length > 0) {
        press(item.submenu, rest);
      } else {
        (item.click as () => void)();
      }
    };
    const know = (tray: Electron.Tray): void => {
      desktop.tray = {
        facts: () => ({ toolTip: tips.get(tray) ?? '', menu: factsOf(menus.get(tray)) }),
        press: (labels) => {
          if (labels.length === 0) {
            tray.emit('click');
          } else {
            press(menus.get(tray), labels);
          }
        },
      };
    };
    const prototype = Tray.prototype as unknown as Record<
      string,
      (this: Electron.Tray, value: never) => void
    >;
    const { setToolTip, setContextMenu } = prototype;
    prototype.setToolTip = function setTip(text: never) {
      tips.set(this, text);
      know(this);
      setToolTip?.call(this, text);
    };
    prototype.setContextMenu = function setMenu(menu: never) {
      menus.set(this, menu);
      know(this);
      setContextMenu?.call(this, menu);
    };
  }, KEY);
}

type DesktopActions = Pick<
  RunningApp,
  'answerDialog' | 'shownDialogs' | 'attention' | 'pressTray' | 'openUrl'
>;

/** What a test does with the desktop that `replaceDesktop` has put there. */
export function standIns(electron: ElectronApplication): DesktopActions {
  return {
    answerDialog: async (answer) =>
      electron.evaluate(
        (_electron, [key, next]) => {
          (Reflect.get(globalThis, key) as Desktop).answers.push(next);
        },
        [KEY, answer] as const,
      ),
    shownDialogs: async () =>
      electron.evaluate((_electron, key) => (Reflect.get(globalThis, key) as Desktop).shown, KEY),
    attention: async () =>
      electron.evaluate(
        ({ app }, key) => ({
          badge: app.getBadgeCount(),
          tray: (Reflect.get(globalThis, key) as Desktop).tray?.facts() ?? null,
        }),
        KEY,
      ),
    pressTray: async (labels) =>
      electron.evaluate(
        (_electron, [key, path]) => (Reflect.get(globalThis, key) as Desktop).tray?.press(path),
        [KEY, labels] as const,
      ),
    openUrl: async (url) =>
      electron.evaluate(({ app }, link) => {
        app.emit('open-url', { preventDefault: () => undefined }, link);
      }, url),
  };
}
