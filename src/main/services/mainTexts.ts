import type { Locale } from '#shared/settings.ts';

/** The few sentences that main says itself: in dialogs of the system, on the tray, in its menu. */
export interface MainTexts {
  readonly phraseQuestion: string;
  readonly phraseDetail: string;
  readonly phraseShow: string;
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
  phraseQuestion: 'Show the recovery phrase?',
  phraseDetail:
    'Whoever reads these 24 words can call and answer as you, and you cannot take it back. Make sure that nobody sees your screen.',
  phraseShow: 'Show the words',
  cancel: 'Cancel',
  close: 'Close',
  backupTitle: 'Save the backup',
  backupFileKind: 'Peerline backup',
  picturesLeftOut: (count) =>
    count === 1 ? 'One picture is not in the backup.' : `${count} pictures are not in the backup.`,
  picturesLeftOutDetail:
    'The file would have become too large to be read again. Everything else is in it; pictures of favourites were put in first.',
  recordingSave: 'Save how the call went',
  recordingOpen: 'Open the recording of a call',
  recordingFileKind: 'Peerline call',
  trayOpen: 'Open Peerline',
  trayStatus: 'Status',
  trayOnline: 'Online',
  trayDoNotDisturb: 'Do not disturb',
  trayOffline: 'Appear offline',
  trayQuit: 'Quit',
  missedCalls: (count) => (count === 1 ? '1 missed call' : `${count} missed calls`),
};

const zhCN: MainTexts = {
  phraseQuestion: '要显示恢复词吗？',
  phraseDetail:
    '任何人看到这 24 个单词，都能以你的身份拨打和接听电话，而且无法收回。请确认没有别人能看到你的屏幕。',
  phraseShow: '显示单词',
  cancel: '取消',
  close: '关闭',
  backupTitle: '保存备份',
  backupFileKind: 'Peerline 备份',
  picturesLeftOut: (count) => `有 ${count} 张头像未存入备份。`,
  picturesLeftOutDetail: '否则文件会过大，无法再次读取。其余内容都已存入，并优先保存了收藏联系人的头像。',
  recordingSave: '保存通话网络记录',
  recordingOpen: '打开通话网络记录',
  recordingFileKind: 'Peerline 通话记录',
  trayOpen: '打开 Peerline',
  trayStatus: '状态',
  trayOnline: '在线',
  trayDoNotDisturb: '请勿打扰',
  trayOffline: '隐身',
  trayQuit: '退出',
  missedCalls: (count) => `${count} 个未接来电`,
};

export const mainTexts = (locale: Locale): MainTexts => (locale === 'zh-CN' ? zhCN : en);
