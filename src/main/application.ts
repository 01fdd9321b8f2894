import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { app, Menu, nativeTheme, session } from 'electron';
import { systemClock } from '#shared/clock.ts';
import type { Notice } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { isSignedOut } from '#shared/signalingState.ts';
import { createCommandHandlers } from './commandHandlers.ts';
import { createDesktop } from './desktop.ts';
import { endBeforeStart } from './endBeforeStart.ts';
import { followLifecycle } from './lifecycle.ts';
import { openPeople } from './people.ts';
import { createPost } from './post.ts';
import { ActiveCall } from './services/calls/ActiveCall.ts';
import { IncomingPopup } from './services/calls/IncomingPopup.ts';
import type { CliOptions } from './services/cli.ts';
import { CallIce } from './services/ice/CallIce.ts';
import type { Identity, IdentityStore } from './services/identity/IdentityStore.ts';
import type { LinkInbox } from './services/links/LinkInbox.ts';
import { localeFor } from './services/locale.ts';
import { NetworkWatcher, type NetworkChange } from './services/network/NetworkWatcher.ts';
import type { ProfilePaths } from './services/profilePaths.ts';
import { EmbeddedServer } from './services/server/EmbeddedServer.ts';
import { lanAddresses } from './services/server/lanAddresses.ts';
import { ServerSwitch } from './services/server/ServerSwitch.ts';
import { chooseServer } from './services/server/serverChoice.ts';
import { startSignalingServer } from './services/server/startSignalingServer.ts';
import { SeenInvites } from './services/signaling/SeenInvites.ts';
import { SignalingClient } from './services/signaling/SignalingClient.ts';
import { SignedOutServers } from './services/signaling/SignedOutServers.ts';
import { connectWs } from './services/signaling/wsSocket.ts';
import { SettingsStore } from './services/storage/SettingsStore.ts';
import { AppWindows } from './shell/AppWindows.ts';
import { claimLinks } from './shell/deepLinks.ts';
import { IpcHost } from './shell/ipcHost.ts';
import { onWake } from './shell/power.ts';
import { serveApp } from './shell/protocol.ts';
import { guardPermissions } from './shell/security.ts';
import { tellPages } from './tellPages.ts';

const { platform, env } = process;

/** The services, then the windows on top of them. Resolves when the window is open, or the app is about to end. */
export async function runApplication({
  options,
  paths,
  identity,
  identityStore,
  links,
  logger,
}: {
  readonly options: CliOptions;
  readonly paths: ProfilePaths;
  readonly identity: Identity;
  readonly identityStore: IdentityStore;
  readonly links: LinkInbox;
  readonly logger: Logger;
}): Promise<void> {
  const clock = systemClock;
  const now = () => clock.now();

  const settings = new SettingsStore({ path: paths.settings, now, logger: logger.child('settings') });
  const invites = new SeenInvites({ path: paths.seenInvites, now, logger: logger.child('invites') });
  const signedOut = new SignedOutServers({
    deviceId: identity.deviceId,
    path: paths.signedOut,
    now,
    logger: logger.child('signaling'),
  });
  const broken = await Promise.all([settings.load(), invites.load(), signedOut.load()]);
  const people = await openPeople({
    self: identity,
    paths,
    callsFrom: () => settings.value.callsFrom,
    copyEntry: join(import.meta.dirname, 'copyWorker.js'),
    clock,
    logger,
  });
  if (!people.ok) {
    logger.error('database not usable', { code: people.error.code });
    endBeforeStart((texts) => texts.newerDatabase(paths.database));
    return;
  }
  const { book, blocks, history } = people.value;
  const notices: Notice[] = [...broken, ...people.value.notices].filter((notice) => notice !== undefined);
  if (identity.created && !identity.keyProtected) {
    notices.push({ code: 'IDENTITY_UNPROTECTED' });
  }

  const ownServer = new EmbeddedServer({
    start: startSignalingServer({ folder: paths.server, logger: logger.child('server') }),
    addresses: (port) => lanAddresses(networkInterfaces(), port),
    logger: logger.child('server'),
  });
  const choose = () => chooseServer(settings.value.server, options.server);
  const client = new SignalingClient({
    identity,
    url: choose().url,
    connect: connectWs,
    clock,
    logger: logger.child('signaling'),
    random: Math.random,
    signedOut,
  });
  const serverSwitch = new ServerSwitch({ choose, ownServer, client });
  const post = createPost({
    identity,
    client,
    invites,
    settings,
    people: people.value,
    platform,
    hostName: hostname(),
    clock,
    logger,
  });
  const activeCall = new ActiveCall({
    send: async (message) => post.sendCall(message),
    onChanged: (call) => {
      post.callChanged(call);
      network.setInCall(call !== null);
    },
    logger: logger.child('call'),
  });

  const network = new NetworkWatcher({
    interfaces: networkInterfaces,
    onChanged: (change) => networkChanged(change),
    clock,
    logger: logger.child('network'),
  });

  const ipc = new IpcHost({ logger: logger.child('ipc') });
  const title = options.profile === undefined ? 'Peerline' : `Peerline (${options.profile})`;
  const windows = new AppWindows({
    preload: join(import.meta.dirname, '../preload/index.cjs'),
    title,
    platform,
    ipc,
    logger: logger.child('windows'),
    onMainGone: (cause) => {
      popup.show(null);
      void activeCall.end(cause);
    },
    onMainFocus: (focused) => popup.mainFocusChanged(focused),
    // On macOS an app outlives its window, and one that is gone could not ring. In a call the window does
    // close: a camera that runs unseen is worse than a call that ends.
    staysWhenClosed: () => platform === 'darwin' && !lifecycle.quitting && !activeCall.present,
    now,
  });
  const popup = new IncomingPopup({
    window: { show: () => windows.showIncoming(), hide: () => windows.hideIncoming() },
    onChanged: (call) => ipc.emitToIncoming('incomingChanged', call),
    describe: people.value.describe,
    block: (id) => people.value.block(id).forEach((notice) => ipc.emit('notice', notice)),
    onAction: (action) => ipc.emit('incomingAction', action),
    focusMain: () => windows.presentMain(),
    logger: logger.child('popup'),
  });

  const showMain = (): void => {
    if (!windows.presentMain()) {
      void windows.open({ show: true });
    }
  };
  const systemLocale = localeFor(app.getLocale());
  const desktop = createDesktop({
    identity,
    identityStore,
    people: people.value,
    settings,
    systemLocale,
    windows,
    links,
    title,
    platform,
    appPath: app.getAppPath(),
    backupEntry: join(import.meta.dirname, 'backupWorker.js'),
    argv: process.argv,
    appImage: env.APPIMAGE,
    signedOut: () => isSignedOut(client.state),
    onLink: (link) => ipc.emit('linkOpened', link),
    onNotice: (notice) => ipc.emit('notice', notice),
    showMain,
    quit: () => app.quit(),
    after: (ms, run) => clock.after(ms, run),
    now,
    logger,
  });

  const lifecycle = followLifecycle({
    links,
    showMain,
    platform,
    after: (ms, run) => clock.after(ms, run),
    farewell: async () => {
      await activeCall.end('quit');
      network.close();
      desktop.close();
      post.close();
      client.close();
      await Promise.all([ownServer.close(), invites.settled(), signedOut.settled()]);
      people.value.close();
    },
    logger,
  });

  tellPages({ ipc, client, ownServer, post, people: people.value, settings, popup });
  client.on('state', ({ phase }) => {
    if (phase === 'offline' && !lifecycle.quitting) {
      // The Peerline whose server we shared may be gone: then ours takes its place.
      void ownServer.takeOver().then((started) => started && client.retry());
    }
  });
  settings.onChanged(({ theme }) => {
    nativeTheme.themeSource = theme;
    void serverSwitch.follow();
  });
  nativeTheme.on('updated', () => windows.themeChanged());
  const networkChanged = ({ lost }: NetworkChange): void => {
    if (lost) {
      client.wake();
    } else {
      client.hasten();
    }
    ipc.emit('networkChanged', null);
  };
  onWake(() => networkChanged({ lost: true }));

  ipc.serve(
    createCommandHandlers({
      facts: {
        version: app.getVersion(),
        platform,
        profile: options.profile ?? '',
        id: identity.id,
        deviceId: identity.deviceId,
        keyProtected: identity.keyProtected,
        systemLocale,
        serverOverride: options.server ?? null,
      },
      platform,
      takeNotices: () => notices.splice(0),
      settings,
      book,
      blocks,
      history,
      client,
      post,
      ice: new CallIce({ settings, client, clock, logger: logger.child('ice') }),
      ownServer,
      activeCall,
      popup,
      mover: desktop.mover,
      recordings: desktop.recordings,
      logger,
    }),
  );

  nativeTheme.themeSource = settings.value.theme;
  if (platform !== 'darwin') {
    Menu.setApplicationMenu(null);
  }
  serveApp({ root: join(import.meta.dirname, '../renderer'), logger: logger.child('pages') });
  guardPermissions({
    session: session.defaultSession,
    roleOf: (contents) => windows.roleOf(contents),
    logger: logger.child('permissions'),
  });
  await serverSwitch.follow();
  client.start();
  network.start();
  claimLinks(platform);
  await windows.open({ show: true });
  desktop.takeLinks();
  logger.info('started');
}
