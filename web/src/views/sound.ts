// What an alert does beside being shown. A drill and whatever is not verified stay silent.
import type { AlertLevel, State } from '../api/boundary.js';

/** Vibration in milliseconds, on and off. */
const patterns: Partial<Readonly<Record<AlertLevel, readonly number[]>>> = {
  'KHẨN CẤP': [400, 150, 400, 150, 400, 150, 400],
  'CẢNH BÁO': [250, 120, 250],
};

/** Two tones, three times; browsers refuse sound before the first touch, then only the vibration is left. */
function sound(): void {
  const context = new AudioContext();
  const gain = context.createGain();
  gain.gain.value = 0.25;
  gain.connect(context.destination);
  const tone = context.createOscillator();
  tone.type = 'square';
  for (let i = 0; i < 6; i += 1) tone.frequency.setValueAtTime(i % 2 ? 660 : 880, context.currentTime + i * 0.35);
  tone.connect(gain);
  tone.start();
  tone.stop(context.currentTime + 2.1);
  tone.onended = () => void context.close();
}

/** Called when an alert became verified just now. */
export function announce(id: string, state: State): void {
  const alert = state.alerts.find((candidate) => candidate.id === id);
  if (alert?.verified !== 'verified' || alert.expired) return;
  const pattern = patterns[alert.level];
  if (pattern === undefined) return;
  navigator.vibrate?.([...pattern]);
  if (alert.level === 'KHẨN CẤP') sound();
}
