/** A share of a whole in percent, for people: `5 %`, `12.5 %`, `0.0015 %`; never rounded to nothing. */
export function shareInWords(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  const digits = percent >= 10 ? 1 : percent >= 0.1 ? 2 : 4;
  const rounded = Number(percent.toFixed(digits));
  return rounded === 0 ? 'less than 0.0001 %' : `${rounded} %`;
}
