import { computed, type ComputedRef, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import type { PeerId } from '#shared/identity/peerId.ts';
import { isSignedOut } from '#shared/signalingState.ts';
import { useAppStore } from '../stores/app.ts';
import { useConnectionStore } from '../stores/connection.ts';
import { useContactSearchStore } from '../stores/contactSearch.ts';
import { useContactsStore } from '../stores/contacts.ts';
import { useHistoryStore } from '../stores/history.ts';
import { useLinksStore } from '../stores/links.ts';
import { isName } from './contactReading.ts';
import { readDialText } from './dialReading.ts';
import { cutName, inSentence, shortPeerId } from './display.ts';
import { readingProblem, type ReadingText } from './readingText.ts';

/** More would hide the calls below; who is not among them is found by one more letter. */
const mostSuggestions = 5;

/** What the text of the dial field means: whom it calls, who may be meant, and the sentence that says so. */
export function useDialText(field: {
  /** The suggestion that Enter calls. */
  readonly active: Readonly<Ref<number>>;
  /** The person asked for a call with what is there: from now on an unfinished id is an error. */
  readonly asked: Readonly<Ref<boolean>>;
}): {
  /** Contacts that the text may mean, as long as it is not an id, nor nearly one. */
  readonly suggestions: ComputedRef<readonly PeerId[]>;
  /** Who is called by Enter. */
  readonly target: ComputedRef<PeerId | undefined>;
  /** The server of a link in the text, when that is not the one in use; else null. */
  readonly otherServer: ComputedRef<string | null>;
  /** The id that is one slip away. */
  readonly meant: ComputedRef<PeerId | undefined>;
  readonly hint: ComputedRef<ReadingText | undefined>;
} {
  const { t } = useI18n();
  const app = useAppStore();
  const connection = useConnectionStore();
  const contacts = useContactsStore();
  const finder = useContactSearchStore();
  const history = useHistoryStore();
  const links = useLinksStore();

  const reading = computed(() =>
    readDialText(app.dialText, { self: app.id, known: [...contacts.byId.keys(), ...history.recentPeers] }),
  );

  const suggestions = computed<readonly PeerId[]>(() => {
    switch (reading.value.kind) {
      case 'empty':
      case 'id':
      case 'wrongServer':
      case 'self':
      case 'nearKnown':
        return [];
      default:
        return finder
          .search(app.dialText)
          .slice(0, mostSuggestions)
          .map(({ id }) => id);
    }
  });

  const target = computed(() =>
    reading.value.kind === 'id' ? reading.value.id : suggestions.value[field.active.value],
  );
  const otherServer = computed(() =>
    reading.value.kind === 'id' ? links.elsewhere(reading.value.server) : null,
  );
  const meant = computed(() => (reading.value.kind === 'nearKnown' ? reading.value.meant : undefined));

  function targetText(id: PeerId): string {
    const name = contacts.nameOf(id);
    if (otherServer.value !== null) {
      const who = name === undefined ? shortPeerId(id) : inSentence(name);
      return t('dial.hint.elsewhere', { who, server: otherServer.value });
    }
    if (!connection.online) {
      return t(isSignedOut(connection.signaling) ? 'dial.hint.signedOut' : 'dial.hint.offline');
    }
    if (name !== undefined) {
      return t('dial.hint.contact', { name: inSentence(name) });
    }
    const known = reading.value.kind === 'id' && reading.value.known;
    return t(known ? 'dial.hint.known' : 'dial.hint.id', { id: shortPeerId(id) });
  }

  const hint = computed<ReadingText | undefined>(() => {
    if (target.value !== undefined) {
      return { text: targetText(target.value), wrong: false };
    }
    return isName(reading.value, app.dialText)
      ? {
          text: t('dial.hint.nobody', { text: inSentence(cutName(app.dialText.trim())) }),
          wrong: field.asked.value,
        }
      : readingProblem(reading.value, t, field.asked.value);
  });

  return { suggestions, target, otherServer, meant, hint };
}
