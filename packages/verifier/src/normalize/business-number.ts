/**
 * Korean business registration numbers: ten digits, the last of which checks the others. The check refuses every
 * single wrong digit, so a claimed number that fails it is wrong before any page is read.
 */

const weights = [1, 3, 7, 1, 3, 7, 1, 3, 5] as const;

/** The ten digits of a number written with or without hyphens, or null when it does not have ten. */
export function businessNumberDigits(text: string): string | null {
  const digits = text.replace(/[\s.·–—-]/g, '');
  return /^\d{10}$/.test(digits) ? digits : null;
}

/** Whether ten digits are a possible business number: weighted sum plus the tens of five times the ninth digit. */
export function isBusinessNumber(digits: string): boolean {
  if (!/^\d{10}$/.test(digits)) return false;
  const numbers = [...digits].map(Number);
  const sum = weights.reduce((total, weight, i) => total + weight * (numbers[i] as number), 0);
  const carried = Math.floor((5 * (numbers[8] as number)) / 10);
  return (10 - ((sum + carried) % 10)) % 10 === numbers[9];
}
