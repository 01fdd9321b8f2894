/** The same switches for every subject: fake devices, no prompts, no background network. */
export const chromiumArguments = (): string[] => [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-background-timer-throttling',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];
