import { expect, it } from 'vitest';
import { audienceOf } from './audience.ts';

it.each([
  ['wss://Signal.Example.org', 'signal.example.org:443'],
  ['ws://signal.example.org/path', 'signal.example.org:80'],
  ['ws://127.0.0.1:7480', '127.0.0.1:7480'],
  ['wss://[::1]:7480', '[::1]:7480'],
  ['wss://host:443', 'host:443'],
  ['ws://host:443', 'host:443'],
  ['wss://bücher.example', 'xn--bcher-kva.example:443'],
  ['http://host', undefined],
  ['ws://user:word@host', undefined],
  ['ws://host:99999', undefined],
  ['', undefined],
])('the audience of %j is %j', (url, audience) => {
  expect(audienceOf(url)).toBe(audience);
});
