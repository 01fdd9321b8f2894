import { expect, it } from 'vitest';
import { leavingDtlsToOfferer } from './dtlsRole.ts';

it('makes the peer the client of DTLS in every section where either role is offered', () => {
  expect(leavingDtlsToOfferer('v=0\r\na=setup:actpass\r\nm=video 9\r\na=setup:actpass\r\n')).toBe(
    'v=0\r\na=setup:active\r\nm=video 9\r\na=setup:active\r\n',
  );
});

it('leaves a role that is chosen already, and text that is no description, alone', () => {
  expect(leavingDtlsToOfferer('a=setup:passive\r\na=setup:actpassive\r\n')).toBe(
    'a=setup:passive\r\na=setup:actpassive\r\n',
  );
  expect(leavingDtlsToOfferer('nonsense')).toBe('nonsense');
});
