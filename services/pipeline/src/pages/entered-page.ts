import type { Locale } from '@meander/lead';
import { templates } from './templates.ts';
import { boardTexts } from './texts/index.ts';

const render = templates.compile<object>('entered');

/**
 * Leads on to the board from a page of its own: to a redirect that began on another site the browser would not give
 * the cookie that was just set (SameSite=Strict).
 */
export function enteredPage(locale: Locale, next: string): string {
  return render({ locale, t: boardTexts[locale], next });
}
