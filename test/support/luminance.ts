import type { BrowserPage } from './browser-page.ts';

/** How light a picture is: relative luminance (WCAG 2.2), 0 black to 1 white. */
export interface Luminance {
  readonly mean: number;
  /** Of each row of pixels, from above. */
  readonly rows: readonly number[];
}

/** Decoded by the browser itself, in a page that is used for nothing else. `png`: base64. */
export function luminance(page: BrowserPage, png: string): Promise<Luminance> {
  return page.evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png}';
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
    const linear = (value) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const rows = Array.from({ length: height }, (_, y) => {
      let sum = 0;
      for (let x = 0; x < width; x += 1) {
        const at = (y * width + x) * 4;
        sum += 0.2126 * linear(data[at]) + 0.7152 * linear(data[at + 1]) + 0.0722 * linear(data[at + 2]);
      }
      return sum / width;
    });
    return { mean: rows.reduce((sum, row) => sum + row, 0) / height, rows };
  })()`);
}

/** WCAG 2.2, contrast ratio of two luminances: 1 to 21. */
export function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
