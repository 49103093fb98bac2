// Whether people can read what a page shows.

// The contrast that WCAG 2.2 wants of text (1.4.3, AA).
export const READABLE = 4.5;

// In the page: texts that don't stand out from what is behind them, as WCAG measures it.
export function faintTexts(readable) {
  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (color) => color.slice(0, 3)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    const color = numbers(getComputedStyle(element).backgroundColor);
    return color.length === 3 || color[3] > 0 ? color : behind(element.parentElement);
  };
  const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll("body *")]
    .filter((element) => own(element) && element.checkVisibility({ visibilityProperty: true }))
    .map((element) => {
      const [high, low] = [luminance(numbers(getComputedStyle(element).color)), luminance(behind(element))]
        .sort((a, b) => b - a);
      return { text: element.textContent.trim().slice(0, 40), contrast: (high + 0.05) / (low + 0.05) };
    })
    .filter(({ contrast }) => contrast < readable);
}
