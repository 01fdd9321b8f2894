const SAMPLE_RATE = 48_000;
const SECONDS = 8;

/** Resonances of a mouth that says a, e, i, o, u, in hertz. */
const VOWELS = [
  [730, 1_090, 2_440],
  [530, 1_840, 2_480],
  [270, 2_290, 3_010],
  [570, 840, 2_410],
  [300, 870, 2_240],
] as const;
const SYLLABLES_PER_SECOND = 5;
const RESONANCE_WIDTH = 90;
const PITCH = { mean: 120, swing: 25, perSecond: 0.5 } as const;

/** A two-pole filter. */
function resonator(): (input: number, hertz: number) => number {
  const radius = Math.exp((-Math.PI * RESONANCE_WIDTH) / SAMPLE_RATE);
  let [last, before] = [0, 0];
  return (input, hertz) => {
    const turn = 2 * Math.PI * (hertz / SAMPLE_RATE);
    const output = (1 - radius) * input + 2 * radius * Math.cos(turn) * last - radius * radius * before;
    [last, before] = [output, last];
    return output;
  };
}

function speech(): readonly number[] {
  const mouth = [resonator(), resonator(), resonator()];
  const sound: number[] = [];
  let phase = 0;
  for (let at = 0; at < SAMPLE_RATE * SECONDS; at += 1) {
    const seconds = at / SAMPLE_RATE;
    const syllable = seconds * SYLLABLES_PER_SECOND;
    phase += (PITCH.mean + PITCH.swing * Math.sin(2 * Math.PI * PITCH.perSecond * seconds)) / SAMPLE_RATE;
    const pulse = phase >= 1 ? 1 : 0;
    phase %= 1;
    const loudness = 0.6 - 0.4 * Math.cos(2 * Math.PI * syllable);
    const vowel = VOWELS[Math.floor(syllable) % VOWELS.length] ?? VOWELS[0];
    sound.push(mouth.reduce((sum, filter, index) => sum + filter(pulse * loudness, vowel[index] ?? 0), 0));
  }
  return sound;
}

/**
 * Somebody who says vowels without taking a breath, as a WAV file. Chromium's own fake microphone beeps once a
 * second, and between the beeps a gap could not be told from silence; a tone would be coded as music, for which Opus
 * has no forward error correction (it belongs to the speech layer, RFC 6716 section 2.1.7).
 */
export function steadySpeech(): Buffer {
  const sound = speech();
  const loudest = sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const samples = Buffer.alloc(sound.length * 2);
  sound.forEach((value, index) => samples.writeInt16LE(Math.round((20_000 * value) / loudest), index * 2));
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}
