const sans = 'Helvetica,Arial,sans-serif';
const ink = 'color:#1d2733;';
const quiet = 'color:#566273;';

/**
 * The inline styles of the mails, by what they are for: mail programs throw style sheets away. No quotes in
 * them, since they stand in attributes. The dark colours are classes in the layout's one style element.
 */
export const styles = {
  page: 'margin:0;padding:0;background-color:#eef2f4;-webkit-text-size-adjust:100%;',
  preheader: 'display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;',
  card: 'width:100%;max-width:600px;background-color:#ffffff;border-radius:10px;',
  accent: 'height:6px;line-height:6px;font-size:6px;background-color:#0b6e66;border-radius:10px 10px 0 0;',
  brand: `padding:28px 40px 0;font:700 19px/24px ${sans};letter-spacing:.01em;color:#0b6e66;`,
  body: `padding:0 40px 36px;font:400 16px/25px ${sans};${ink}word-break:break-word;overflow-wrap:anywhere;`,
  heading: `margin:0 0 18px;padding-top:20px;font:700 26px/33px ${sans};${ink}`,
  subheading: `margin:32px 0 10px;font:700 16px/24px ${sans};${ink}`,
  text: 'margin:0 0 16px;',
  last: 'margin:0;',
  button: 'border-radius:6px;background-color:#0b6e66;mso-padding-alt:14px 26px;',
  buttonLink: `display:inline-block;padding:14px 26px;font:700 16px/20px ${sans};color:#ffffff;text-decoration:none;border-radius:6px;`,
  facts: 'width:100%;border-collapse:collapse;border-top:1px solid #d9e0e5;',
  label: `padding:11px 16px 11px 0;width:168px;vertical-align:top;border-bottom:1px solid #d9e0e5;font:400 14px/22px ${sans};${quiet}`,
  value: `padding:11px 0;vertical-align:top;border-bottom:1px solid #d9e0e5;font:400 15px/22px ${sans};${ink}word-break:break-word;overflow-wrap:anywhere;`,
  link: 'color:#0b6e66;',
  footer: `padding:22px 40px 8px;font:400 13px/20px ${sans};${quiet}`,
} as const;
