/** Names alone, so that the sandboxed preload can import them without the schemas. */
export const channelPrefix = 'peerline:';

export const commandNames = [
  'appReady',
  'copyText',
  'settingsGet',
  'settingsUpdate',
  'signalingRetry',
  'callSend',
  'callActive',
  'recentsList',
  'recentsRecord',
  'recentsRemove',
  'mediaAccess',
  'openMediaSettings',
  'incomingShow',
  'incomingGet',
  'incomingRespond',
  'logWrite',
] as const;

export const eventNames = [
  'signalingState',
  'ownServerState',
  'callMessage',
  'settingsChanged',
  'recentsChanged',
  'incomingAction',
  'incomingChanged',
  'notice',
] as const;

export type CommandName = (typeof commandNames)[number];
export type EventName = (typeof eventNames)[number];
