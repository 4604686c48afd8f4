/** Light, dark or the system's choice. The resolved theme is an attribute of the root element; the tokens hang on it. */
import { computed, effect, signal } from '@preact/signals';

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'praxis.theme';

function stored(): ThemeChoice {
  const value = safeRead();
  return value === 'light' || value === 'dark' ? value : 'system';
}

/** Storage may be refused (private windows, policies); the theme then lasts as long as the page. */
function safeRead(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

const dark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(dark.matches);
dark.addEventListener('change', (event) => {
  systemIsDark.value = event.matches;
});

export const themeChoice = signal<ThemeChoice>(stored());
export const theme = computed<'light' | 'dark'>(() => {
  if (themeChoice.value !== 'system') return themeChoice.value;
  return systemIsDark.value ? 'dark' : 'light';
});

/** Keeps the page's theme in step with the choice. Called once, by the entry. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
  });
}

export function chooseTheme(choice: ThemeChoice): void {
  themeChoice.value = choice;
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Lasts as long as the page.
  }
}

/** From the theme that shows to the other one; back to the system's when that is what it shows. */
export function toggleTheme(): void {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  chooseTheme(next === (systemIsDark.value ? 'dark' : 'light') ? 'system' : next);
}
