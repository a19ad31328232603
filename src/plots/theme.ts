/**
 * The colours of figures. The app's are its own variables, so that a figure follows its theme; the
 * report's are written out, for an SVG file lies on a page that knows nothing of ours: it brings its
 * ground along, and reads the same on a white page and on a dark one.
 */

export interface PlotTheme {
  /** what matters most: estimates, the zero line, what is pointed at */
  readonly ink: string;
  /** axes and words */
  readonly quiet: string;
  /** the grid */
  readonly line: string;
  /** series that are there for comparison only */
  readonly context: string;
  readonly background: string;
  /** of series, in their order; told apart also by symbol and dash */
  readonly series: readonly string[];
  readonly font: string;
}

const SERIES = ['#1f6fb2', '#b3501f', '#0b7a63', '#8a4a9e', '#80660a', '#b0325e'] as const;

export const APP_THEME: PlotTheme = {
  ink: 'var(--ink)',
  quiet: 'var(--ink-2)',
  line: 'var(--line)',
  context: 'var(--edge)',
  background: 'var(--raised)',
  series: SERIES.map((_, index) => `var(--series-${index + 1})`),
  font: 'var(--text)',
};

export const PAPER_THEME: PlotTheme = {
  ink: '#14171a',
  quiet: '#474e53',
  line: '#d4d7d9',
  context: '#7b8287',
  background: '#ffffff',
  series: SERIES,
  font: 'system-ui, sans-serif',
};
