import { watchEffect } from 'vue';

/** Writes the theme on the root element; tokens.css does the rest, and `system` follows the system. */
export function useTheme(theme: () => 'system' | 'light' | 'dark'): void {
  watchEffect(() => {
    document.documentElement.dataset.theme = theme();
  });
}
