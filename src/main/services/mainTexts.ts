import type { Locale } from '#shared/settings.ts';

/** The few sentences that main says itself: in dialogs of the system, on the tray, in its menu. */
export interface MainTexts {
  readonly startFailed: string;
  readonly identityUnreadable: (file: string) => string;
  readonly identityNotKept: (folder: string) => string;
  readonly newerDatabase: (file: string) => string;
  readonly phraseQuestion: string;
  readonly phraseDetail: string;
  readonly phraseShow: string;
  readonly replaceQuestion: string;
  /** Both ids in groups. */
  readonly replaceDetail: (ids: { readonly next: string; readonly present: string }) => string;
  readonly replace: string;
  readonly cancel: string;
  readonly close: string;
  readonly backupTitle: string;
  readonly backupFileKind: string;
  readonly picturesLeftOut: (count: number) => string;
  readonly picturesLeftOutDetail: string;
  readonly recordingSave: string;
  readonly recordingOpen: string;
  readonly recordingFileKind: string;
  readonly trayOpen: string;
  readonly trayStatus: string;
  readonly trayOnline: string;
  readonly trayDoNotDisturb: string;
  readonly trayOffline: string;
  readonly trayQuit: string;
  readonly missedCalls: (count: number) => string;
}

const en: MainTexts = {
  startFailed: 'Peerline could not start. The log in its data folder says why.',
  identityUnreadable: (file) =>
    `Your identity could not be read, so Peerline cannot start. Nothing was changed. The file is ${file}; restore it from a backup, or move it away to start with a new id.`,
  identityNotKept: (folder) =>
    `Your identity could not be saved, so Peerline cannot start. Check that there is room on the disk and that ${folder} can be written.`,
  newerDatabase: (file) =>
    `Your contacts and calls were saved by a newer version of Peerline, so this one cannot start. Nothing was changed. Install the newer version again, or move ${file} away to start without them.`,
  phraseQuestion: 'Show the recovery phrase?',
  phraseDetail:
    'Whoever reads these 24 words can call and answer as you, and you cannot take it back. Make sure that nobody sees your screen.',
  phraseShow: 'Show the words',
  replaceQuestion: 'Use another identity on this computer?',
  replaceDetail: ({ next, present }) =>
    `Your id becomes ${next}. Whoever calls your present id, ${present}, no longer reaches this computer. Its key is kept in the data folder. Peerline then starts again.`,
  replace: 'Replace and start again',
  cancel: 'Cancel',
  close: 'Close',
  backupTitle: 'Save the backup',
  backupFileKind: 'Peerline backup',
  picturesLeftOut: (count) =>
    count === 1
      ? 'One picture is not in the backup.'
      : `${count.toLocaleString('en')} pictures are not in the backup.`,
  picturesLeftOutDetail:
    'The file would have become too large to be read again. Everything else is in it; pictures of favourites were put in first.',
  recordingSave: 'Save how the call went',
  recordingOpen: 'Open the recording of a call',
  recordingFileKind: 'Peerline call',
  trayOpen: 'Open Peerline',
  trayStatus: 'Status on this computer',
  trayOnline: 'Online',
  trayDoNotDisturb: 'Do not disturb',
  trayOffline: 'Appear offline',
  trayQuit: 'Quit',
  missedCalls: (count) => (count === 1 ? '1 missed call' : `${count.toLocaleString('en')} missed calls`),
};

const zhCN: MainTexts = {
  startFailed: 'Peerline 无法启动，原因记录在数据文件夹的日志中。',
  identityUnreadable: (file) =>
    `无法读取你的身份，因此 Peerline 无法启动。没有做任何更改。文件为 ${file}；请用备份恢复它，或将它移走并以新的 ID 开始。`,
  identityNotKept: (folder) =>
    `无法保存你的身份，因此 Peerline 无法启动。请检查磁盘是否有足够空间，以及 ${folder} 是否可写入。`,
  newerDatabase: (file) =>
    `你的联系人和通话记录由更新版本的 Peerline 保存，因此当前版本无法启动。没有做任何更改。请重新安装新版本，或将 ${file} 移走后不带这些数据启动。`,
  phraseQuestion: '要显示恢复短语吗？',
  phraseDetail:
    '任何人看到这 24 个单词，都能以你的身份拨打和接听电话，而且无法收回。请确认没有别人能看到你的屏幕。',
  phraseShow: '显示单词',
  replaceQuestion: '要在这台电脑上使用其他身份吗？',
  replaceDetail: ({ next, present }) =>
    `你的 ID 将变为 ${next}。呼叫你目前 ID（${present}）的人将无法联系到这台电脑。目前的密钥会保留在数据文件夹中。之后 Peerline 会重新启动。`,
  replace: '取代并重新启动',
  cancel: '取消',
  close: '关闭',
  backupTitle: '保存备份',
  backupFileKind: 'Peerline 备份',
  picturesLeftOut: (count) => `有 ${count.toLocaleString('zh-CN')} 张头像未存入备份。`,
  picturesLeftOutDetail: '否则文件会过大，无法再次读取。其余内容都已存入，并优先保存了收藏联系人的头像。',
  recordingSave: '保存通话网络记录',
  recordingOpen: '打开通话网络记录',
  recordingFileKind: 'Peerline 通话记录',
  trayOpen: '打开 Peerline',
  trayStatus: '这台电脑上的状态',
  trayOnline: '在线',
  trayDoNotDisturb: '勿扰',
  trayOffline: '隐身',
  trayQuit: '退出',
  missedCalls: (count) => `${count.toLocaleString('zh-CN')} 个未接来电`,
};

export const mainTexts = (locale: Locale): MainTexts => (locale === 'zh-CN' ? zhCN : en);
