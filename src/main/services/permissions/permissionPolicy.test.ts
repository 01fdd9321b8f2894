import { describe, expect, it } from 'vitest';
import { isPermissionGranted, type PermissionQuestion } from './permissionPolicy.ts';

const camera: PermissionQuestion = {
  permission: 'media',
  url: 'app://peerline/index.html',
  window: 'main',
  isMainFrame: true,
  media: ['video'],
};

describe('isPermissionGranted', () => {
  it.each<Partial<PermissionQuestion>>([
    {},
    { media: ['audio', 'video'] },
    { media: [] },
    { media: ['unknown'] },
    { permission: 'speaker-selection', media: [] },
    { permission: 'display-capture', media: [] },
    { permission: 'local-network-access', media: [] },
    { permission: 'local-network', media: [] },
    { permission: 'loopback-network', media: [] },
    { url: 'app://peerline' },
  ])('grants %j to the page of the app', (change) => {
    expect(isPermissionGranted({ ...camera, ...change })).toBe(true);
  });

  it.each<Partial<PermissionQuestion>>([
    { url: 'https://example.org/' },
    { url: 'app://peerline.example/index.html' },
    { url: 'file:///index.html' },
    { url: 'null' },
    { url: '' },
    { window: undefined },
    { window: 'incoming' },
    { isMainFrame: false },
    { media: ['video', 'smell'] },
    ...['geolocation', 'notifications', 'clipboard-read', 'midi', 'usb', 'hid', 'serial', 'fullscreen'].map(
      (permission) => ({ permission }),
    ),
    ...['openExternal', 'pointerLock', 'fileSystem', 'storage-access', 'invented-later', ''].map(
      (permission) => ({
        permission,
      }),
    ),
  ])('denies %j', (change) => {
    expect(isPermissionGranted({ ...camera, ...change })).toBe(false);
  });
});
