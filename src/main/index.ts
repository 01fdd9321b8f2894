import { hostname, networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { app, dialog, Menu, nativeTheme, session } from 'electron';
import { systemClock } from '#shared/clock.ts';
import type { Notice } from '#shared/ipc/contract.ts';
import { createLogger, type Logger } from '#shared/logging.ts';
import { isSignedOut } from '#shared/signalingState.ts';
import { createCommandHandlers } from './commandHandlers.ts';
import { createDesktop } from './desktop.ts';
import { openPeople } from './people.ts';
import { createPost } from './post.ts';
import { ActiveCall } from './services/calls/ActiveCall.ts';
import { IncomingPopup } from './services/calls/IncomingPopup.ts';
import { parseCli, usage, type CliOptions } from './services/cli.ts';
import { CallIce } from './services/ice/CallIce.ts';
import { IdentityStore, type Identity } from './services/identity/IdentityStore.ts';
import { LinkInbox } from './services/links/LinkInbox.ts';
import { localeFor } from './services/locale.ts';
import { fileSink, logLevelFrom } from './services/logging/fileSink.ts';
import { NetworkWatcher, type NetworkChange } from './services/network/NetworkWatcher.ts';
import { profilePaths, type ProfilePaths } from './services/profilePaths.ts';
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
import { claimLinks, onLinkOpened } from './shell/deepLinks.ts';
import { IpcHost } from './shell/ipcHost.ts';
import { onWake } from './shell/power.ts';
import { registerAppScheme, serveApp } from './shell/protocol.ts';
import { createSafeStorageCipher } from './shell/safeStorageCipher.ts';
import { confinePages, guardPermissions } from './shell/security.ts';

/** How long quitting may take for a last word to the peer and the server, milliseconds. */
const farewellMs = 1_000;

const { platform, env } = process;

/** Exit code for a command line that makes no sense, as shells use it. */
const usageError = 2;

// 1. What has to be said before Electron is ready.
registerAppScheme();
app.enableSandbox();
const links = new LinkInbox();
onLinkOpened((link) => links.open(link));
// Candidates travel sealed to the one peer who is called, so hiding addresses behind mDNS names hides them from
// nobody, and costs the direct path wherever such names do not resolve.
app.commandLine.appendSwitch('disable-features', 'WebRtcHideLocalIpsWithMdns');
const cli = parseCli(process.argv.slice(1));
if (!cli.ok) {
  process.stderr.write(`peerline: ${cli.problem}\n`);
  app.exit(usageError);
} else if (cli.options.help) {
  process.stdout.write(`${usage}\n`);
  app.exit(0);
} else {
  launch(cli.options);
}

// 2. One instance per profile; a second one shows the first and leaves.
function launch(options: CliOptions): void {
  const dataDir = env.PEERLINE_DATA_DIR ?? '';
  const base = dataDir === '' ? app.getPath('userData') : resolve(dataDir);
  const paths = profilePaths(base, options.profile);
  app.setPath('userData', paths.userData);
  if (!app.requestSingleInstanceLock()) {
    process.stderr.write('peerline: already running with this profile; its window is in front now\n');
    app.exit(0);
    return;
  }
  if (options.link !== undefined) {
    links.open(options.link);
  }
  const logger = createLogger({
    name: 'main',
    sink: fileSink({ path: paths.log, console: env.PEERLINE_LOG_LEVEL !== undefined }),
    level: logLevelFrom(env.PEERLINE_LOG_LEVEL),
  });
  logger.info('starting', { version: app.getVersion(), platform, profile: options.profile ?? 'default' });
  process.on('unhandledRejection', (error) => logger.error('unhandled rejection', { error }));
  confinePages(logger.child('security'));
  app
    .whenReady()
    .then(async () => start(options, paths, logger))
    .catch((error: unknown) => {
      logger.error('start failed', { error });
      dialog.showErrorBox('Peerline', 'Peerline could not start. The log in its data folder says why.');
      app.exit(1);
    });
}

// 3. The identity first: without it there is nothing to be.
async function start(options: CliOptions, paths: ProfilePaths, logger: Logger): Promise<void> {
  const identityStore = new IdentityStore({
    path: paths.identity,
    cipher: await createSafeStorageCipher(platform),
    logger: logger.child('identity'),
  });
  const identity = await identityStore.open();
  if (!identity.ok) {
    logger.error('identity not available', { code: identity.error.code, cause: identity.error.message });
    dialog.showErrorBox(
      'Peerline',
      identity.error.code === 'IDENTITY_UNREADABLE'
        ? `Your identity could not be read, so Peerline cannot start. Nothing was changed. The file is ${paths.identity}; restore it from a backup, or move it away to start with a new id.`
        : `Your identity could not be saved, so Peerline cannot start. Check that there is room on the disk and that ${paths.userData} can be written.`,
    );
    app.exit(1);
    return;
  }
  await run(options, paths, logger, identity.value, identityStore);
}

// 4. The services, then the windows on top of them.
async function run(
  options: CliOptions,
  paths: ProfilePaths,
  logger: Logger,
  identity: Identity,
  identityStore: IdentityStore,
): Promise<void> {
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
    dialog.showErrorBox(
      'Peerline',
      `Your contacts and calls were saved by a newer version of Peerline, so this one cannot start. Nothing was changed. Install the newer version again, or move ${paths.database} away to start without them.`,
    );
    app.exit(1);
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
  let quitting = false;
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
    staysWhenClosed: () => platform === 'darwin' && !quitting && !activeCall.present,
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

  // 5. What happens in the services reaches the pages.
  client.on('state', (state) => {
    ipc.emit('signalingState', state);
    if (state.phase === 'offline' && !quitting) {
      // The Peerline whose server we shared may be gone: then ours takes its place.
      void ownServer.takeOver().then((started) => started && client.retry());
    }
  });
  ownServer.onState((state) => ipc.emit('ownServerState', state));
  post.courier.on('message', (message) => ipc.emit('callMessage', message));
  post.refusals.onNotable((cause) => ipc.emit('notice', { code: 'PEER_MESSAGE_REFUSED', detail: cause }));
  post.presence.onChanged((change) => ipc.emit('presenceChanged', change));
  post.ownDevices.on('changed', (devices) => ipc.emit('ownDevicesChanged', devices));
  post.ownDevices.on('taken', (taken) => ipc.emit('callTaken', taken));
  book.on('changed', (change) => {
    ipc.emit('contactsChanged', change);
    popup.refresh();
  });
  blocks.on('changed', (ids) => ipc.emit('blockedChanged', ids));
  history.on('changed', (change) => ipc.emit('historyChanged', change));
  settings.onChanged((value) => {
    ipc.emit('settingsChanged', value);
    ipc.emitToIncoming('settingsChanged', value);
    nativeTheme.themeSource = value.theme;
    popup.quietChanged(value.status === 'doNotDisturb');
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

  // 6. Coming, going, and going for good.
  app.on('second-instance', (_event, argv) => {
    const second = parseCli(argv.slice(1));
    if (second.ok && second.options.link !== undefined) {
      links.open(second.options.link);
    }
    showMain();
  });
  app.on('activate', showMain);
  app.on('window-all-closed', () => {
    if (platform !== 'darwin') {
      app.quit();
    }
  });
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (quitting) {
      return;
    }
    quitting = true;
    logger.info('quitting');
    const farewell = async (): Promise<void> => {
      await activeCall.end('quit');
      network.close();
      desktop.close();
      post.close();
      client.close();
      await Promise.all([ownServer.close(), invites.settled(), signedOut.settled()]);
      people.value.close();
    };
    clock.after(farewellMs, () => app.exit(0));
    farewell()
      .catch((error: unknown) => logger.error('farewell failed', { error }))
      .finally(() => app.exit(0));
  });
  process.on('SIGTERM', () => app.quit());
  process.on('SIGINT', () => app.quit());

  // 7. Up.
  nativeTheme.themeSource = settings.value.theme;
  popup.quietChanged(settings.value.status === 'doNotDisturb');
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
