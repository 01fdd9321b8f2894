import { describe, expect, it } from 'vitest';
import type { Locale, Settings } from '#shared/settings.ts';
import { Attention, type AttentionView } from './Attention.ts';

function makeAttention() {
  const shown: AttentionView[] = [];
  const facts: { locale: Locale; status: Settings['status'] } = { locale: 'en', status: 'online' };
  const attention = new Attention({
    port: { show: (view) => shown.push(view), close: () => undefined },
    title: 'Peerline (work)',
    locale: () => facts.locale,
    status: () => facts.status,
  });
  return { attention, shown, facts };
}

describe('Attention', () => {
  it('says how many calls were missed, in numbers and in words', () => {
    const { attention, shown } = makeAttention();
    attention.setUnseen(2);
    expect(shown.at(-1)).toMatchObject({ unseen: 2, text: 'Peerline (work): 2 missed calls' });
    attention.setUnseen(1);
    expect(shown.at(-1)?.text).toBe('Peerline (work): 1 missed call');
  });

  it('shows nothing but the name once all were looked at', () => {
    const { attention, shown } = makeAttention();
    attention.setUnseen(3);
    attention.setUnseen(0);
    expect(shown.at(-1)).toMatchObject({ unseen: 0, text: 'Peerline (work)' });
  });

  it('checks the status that holds, and that one alone', () => {
    const { attention, shown, facts } = makeAttention();
    facts.status = 'doNotDisturb';
    attention.refresh();
    expect(shown.at(-1)?.statuses.filter(({ checked }) => checked)).toEqual([
      { value: 'doNotDisturb', label: 'Do not disturb', checked: true },
    ]);
  });

  it('speaks the language of the interface', () => {
    const { attention, shown, facts } = makeAttention();
    attention.setUnseen(1);
    facts.locale = 'zh-CN';
    attention.refresh();
    expect(shown.at(-1)).toMatchObject({ text: 'Peerline (work): 1 个未接来电', quit: '退出' });
  });

  it('draws nothing anew when nothing has changed', () => {
    const { attention, shown } = makeAttention();
    attention.setUnseen(1);
    attention.setUnseen(1);
    attention.refresh();
    expect(shown).toHaveLength(1);
  });
});
