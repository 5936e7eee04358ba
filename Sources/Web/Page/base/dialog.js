// Questions that stand before the page until they are answered.
import { byId } from "./dom.js";

/** Opens a dialog, and gives the value of the button that closed it; "" if it was left otherwise. @param {HTMLDialogElement} dialog */
export function answerOf(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

/** Whether a person wants what cannot be undone. @param {string} question @param {string} remark @param {string} action what the button says */
export async function isConfirmed(question, remark, action) {
  byId("confirm-title").textContent = question;
  byId("confirm-remark").textContent = remark;
  byId("confirm-yes").textContent = action;
  return await answerOf(byId("confirm-dialog")) === "yes";
}
