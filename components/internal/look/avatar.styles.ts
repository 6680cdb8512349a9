import { css } from 'lit';

/** A participant's initials on a colour: beside messages, in the header of a chat, and beside a knock. */
export const avatarStyles = css`
  .avatar {
    display: inline-grid;
    place-items: center;
    flex: none;
    inline-size: 2.546em;
    block-size: 2.546em;
    border-radius: 30%;
    background: light-dark(oklch(0.9 0.045 var(--_hue)), oklch(0.36 0.06 var(--_hue)));
    color: light-dark(oklch(0.38 0.09 var(--_hue)), oklch(0.92 0.05 var(--_hue)));
    font-size: 0.734em;
    font-weight: 650;
    line-height: 1;
    overflow: hidden;
    white-space: nowrap;
  }
  @media (forced-colors: active) {
    .avatar {
      border: 1px solid CanvasText;
    }
  }
`;
