package main

func (r *report) markdown() string { return r.text() }
func (r *report) chart() string    { return "" }
