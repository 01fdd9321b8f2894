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
  'callNotice',
  'contactsList',
  'contactSave',
  'contactRemove',
  'contactRestore',
  'contactPicture',
  'contactsImport',
  'blockedList',
  'blockedSet',
  'presenceList',
  'historyRange',
  'historyRecord',
  'historySeen',
  'historyRemove',
  'ownDevicesList',
  'ownDeviceRename',
  'ownDeviceSignOut',
  'identityPhrase',
  'identityBackup',
  'identityInspect',
  'identityRestore',
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
  'callTaken',
  'settingsChanged',
  'contactsChanged',
  'blockedChanged',
  'presenceChanged',
  'historyChanged',
  'ownDevicesChanged',
  'linkOpened',
  'incomingAction',
  'incomingChanged',
  'notice',
] as const;

export type CommandName = (typeof commandNames)[number];
export type EventName = (typeof eventNames)[number];
